/* docs_schema.h: schemas of bodies as tables for people. Pure. */
#ifndef QUAYWATCH_EXPORTER_DOCS_SCHEMA_H
#define QUAYWATCH_EXPORTER_DOCS_SCHEMA_H

struct buf;

/* Appends the section of all schemas as HTML; json is an object of JSON schemas by name. */
void docs_put_schemas(struct buf *out, const char *json);

#endif
