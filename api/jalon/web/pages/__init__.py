"""What pages show: values made from services' answers, ready for the templates."""
