"""A filled Word document as a PDF."""
