SELECT * FROM read_parquet('{{ env_var("CUSTOMERS", "customers.parquet") }}')
