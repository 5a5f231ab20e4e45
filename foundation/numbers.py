"""What forms say about numbers."""

# The error messages of a field for whole numbers, also where it may be empty.
WHOLE = {
    "required": "Enter a whole number",
    "invalid": "Enter a whole number, without letters",
    "min_value": "Enter %(limit_value)s or more",
    "max_value": "Enter %(limit_value)s or less",
}
