/* yaml_read.h: a YAML document of somebody else's, whole or with a sentence why not. */
#ifndef QUAYWATCH_YAML_READ_H
#define QUAYWATCH_YAML_READ_H

#include <stddef.h>
#include <yaml.h>

struct error;

/* Reads the first document of text, of at most so many bytes, into ret, which then is for
 * yaml_document_delete. -EFBIG, -ENOMEM, or -EINVAL with the line; ret is not to be touched then. */
int yaml_read(const char *text, size_t length, size_t most, yaml_document_t *ret, struct error *err);

/* The text of a scalar, valid as long as the document; NULL for anything else, and for what holds a NUL. */
const char *yaml_text(const yaml_node_t *node);

#endif
