"""What a client may send: the fields of every body and every query string, as types.

Each call has one form. The body decoder, the reader of query strings and the OpenAPI document
all work from it, so what is documented is what is taken. A field that is not in the form is
refused. Rules that depend on a market (ticks, lots, ranges), or on other fields, are not here but
in `proto.api.translate`.
"""
