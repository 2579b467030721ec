"""What is agreed with partners, as one declarative file: read, compared with what is recorded, and recorded."""
