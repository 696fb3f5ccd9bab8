"""The tables: what Grantline remembers. What the database itself refuses, by CHECK or trigger, the migrations say."""
