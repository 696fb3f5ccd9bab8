"""Make a programme's plan of its written file: steps that follow from payments, and all that is usual."""
