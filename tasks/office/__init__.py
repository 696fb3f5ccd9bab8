"""Import what offices keep in workbooks and CSV, and write the workbook that comes back."""
