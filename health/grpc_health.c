/* SPDX-License-Identifier: MIT */
/* grpc_health.c: a frame is a flag (compressed or not), four bytes of length, and a protobuf message, whose
 * fields are each a tag (number × 8 + how it is coded) and a value. */
#include "health/grpc_health.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum { FRAME_HEAD = 5, WIRE_VARINT = 0, WIRE_64 = 1, WIRE_BYTES = 2, WIRE_32 = 5 };

struct reader {
    const unsigned char *at, *end;
};

size_t grpc_health_request(const char *service, char ret[static GRPC_REQUEST_MAX])
{
    size_t service_len = service ? strnlen(service, GRPC_SERVICE_MAX) : 0, len = FRAME_HEAD;
    memset(ret, 0, FRAME_HEAD);
    if (service_len > 0) {
        ret[len++] = 1 << 3 | WIRE_BYTES;
        if (service_len > 0x7f)
            ret[len++] = (char)(unsigned char)(0x80 | (service_len & 0x7f));
        ret[len++] = (char)(service_len > 0x7f ? service_len >> 7 : service_len);
        memcpy(ret + len, service, service_len);
        len += service_len;
    }
    size_t message_len = len - FRAME_HEAD; /* below 64 KiB */
    ret[3] = (char)(unsigned char)(message_len >> 8);
    ret[4] = (char)(unsigned char)(message_len & 0xff);
    return len;
}

/* Seven bits a byte, the least first; the highest bit says that more follow. At most ten bytes. */
static bool read_varint(struct reader *reader, uint64_t *ret)
{
    *ret = 0;
    for (unsigned shift = 0; shift < 64 && reader->at < reader->end; shift += 7) {
        unsigned char byte = *reader->at++;
        *ret |= (uint64_t)(byte & 0x7f) << shift;
        if (!(byte & 0x80))
            return true;
    }
    return false;
}

static bool skip(struct reader *reader, uint64_t len)
{
    if (len > (uint64_t)(reader->end - reader->at))
        return false;
    reader->at += len;
    return true;
}

/* Reads one field: *ret_status is set when it is the status, all else is passed over. */
static bool read_field(struct reader *reader, uint64_t *ret_status)
{
    uint64_t tag, value;
    if (!read_varint(reader, &tag) || tag >> 3 == 0)
        return false;
    switch (tag & 7) {
    case WIRE_VARINT:
        if (!read_varint(reader, &value))
            return false;
        if (tag >> 3 == 1)
            *ret_status = value;
        return true;
    case WIRE_64:
        return skip(reader, 8);
    case WIRE_BYTES:
        return read_varint(reader, &value) && skip(reader, value);
    case WIRE_32:
        return skip(reader, 4);
    default: /* groups: not in this protocol */
        return false;
    }
}

int grpc_health_read(const char *body, size_t len, enum grpc_serving *ret)
{
    unsigned char head[FRAME_HEAD];
    if (len < FRAME_HEAD)
        return -EBADMSG;
    memcpy(head, body, FRAME_HEAD);
    uint32_t message_len = (uint32_t)head[1] << 24 | (uint32_t)head[2] << 16 | (uint32_t)head[3] << 8 |
                           head[4];
    if (head[0] != 0 || message_len != len - FRAME_HEAD)
        return -EBADMSG;
    const unsigned char *bytes = (const unsigned char *)body;
    struct reader reader = {bytes + FRAME_HEAD, bytes + len};
    uint64_t status = GRPC_UNKNOWN; /* protobuf leaves zeros out */
    while (reader.at < reader.end)
        if (!read_field(&reader, &status))
            return -EBADMSG;
    *ret = status <= GRPC_SERVICE_UNKNOWN ? (enum grpc_serving)status : GRPC_UNKNOWN;
    return 0;
}
