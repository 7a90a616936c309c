"""RFC 2544 on a deployed lab: `msapemu bench link`."""
