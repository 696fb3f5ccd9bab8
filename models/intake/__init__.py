"""What a workbook or an import file may say."""
