"""The launcher behind `scripts/up`: embedded servers, services, supervision."""
