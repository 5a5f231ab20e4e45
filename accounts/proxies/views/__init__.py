"""Family and carers: the patient's pages, the invitation, and the desk's part."""
