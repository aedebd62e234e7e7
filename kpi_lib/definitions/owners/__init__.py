"""What those who answer for lines say, are asked and have settled: registers kept by hand."""
