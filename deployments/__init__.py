"""Start Grantline: settings, command line, portal, migrations, programmes and sample data."""
