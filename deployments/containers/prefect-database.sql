-- Prefect's runs lie in a database of their own, beside the grants.
CREATE DATABASE prefect OWNER grantline;
