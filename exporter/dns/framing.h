/* framing.h: messages in a stream, each after its length in two bytes (RFC 1035, 4.2.2). Pure. */
#ifndef QUAYWATCH_EXPORTER_DNS_FRAMING_H
#define QUAYWATCH_EXPORTER_DNS_FRAMING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FRAMING_LENGTH = 2 };

/* What came and was not taken yet. All zero is the beginning of a stream. */
struct framing {
    uint8_t *bytes;
    size_t size, start, end; /* of the block; what is in it */
};

/* Room for what comes next, at least one byte; how much there is in *ret_room. Messages that were taken are
 * overwritten by it. */
uint8_t *framing_room(struct framing *framing, size_t *ret_room);

/* So many bytes came into that room. */
void framing_came(struct framing *framing, size_t count);

/* The next whole message; it stays until framing_room. False: more has to come. */
bool framing_next(struct framing *framing, const uint8_t **ret, size_t *ret_len);

/* The two bytes that stand before a message of this size (65535 at most). */
void framing_length(size_t size, uint8_t ret[static FRAMING_LENGTH]);

/* Frees what is kept. */
void framing_free(struct framing *framing);

#endif
