"""Schemathesis cannot write NDJSON by itself: a body is text and is sent as it is."""
import schemathesis


@schemathesis.serializer("application/x-ndjson")
def ndjson(ctx, value):
    return str(value).encode("utf-8", "surrogatepass")
