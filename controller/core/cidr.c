/* SPDX-License-Identifier: MIT */
/* cidr.c: networks as 128-bit prefixes; IPv4 is kept as IPv4 mapped into IPv6, so that there is one
 * comparison. */
#include "controller/core/cidr.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/error.h"
#include "controller/core/mem.h"
#include "controller/core/text.h"

enum { ADDRESS_BYTES = 16, V4_OFFSET = 12, V4_BITS = 96 };

struct cidr {
    uint8_t address[ADDRESS_BYTES];
    unsigned bits;
};

struct cidr_list {
    size_t count;
    struct cidr item[];
};

static const uint8_t mapped_prefix[V4_OFFSET] = {[10] = 0xff, [11] = 0xff};

/* Loopback, private, shared and link-local. */
static const struct cidr private_network[] = {
    {{[10] = 0xff, [11] = 0xff, [12] = 127}, V4_BITS + 8},
    {{[10] = 0xff, [11] = 0xff, [12] = 10}, V4_BITS + 8},
    {{[10] = 0xff, [11] = 0xff, [12] = 172, [13] = 16}, V4_BITS + 12},
    {{[10] = 0xff, [11] = 0xff, [12] = 192, [13] = 168}, V4_BITS + 16},
    {{[10] = 0xff, [11] = 0xff, [12] = 100, [13] = 64}, V4_BITS + 10},
    {{[10] = 0xff, [11] = 0xff, [12] = 169, [13] = 254}, V4_BITS + 16},
    {{[15] = 1}, 128},
    {{[0] = 0xfc}, 7},
    {{[0] = 0xfe, [1] = 0x80}, 10},
};

static bool cidr_has(const struct cidr *cidr, const uint8_t address[ADDRESS_BYTES])
{
    size_t whole = cidr->bits / 8;
    unsigned rest = cidr->bits % 8;
    if (memcmp(cidr->address, address, whole) != 0)
        return false;
    return !rest || ((cidr->address[whole] ^ address[whole]) >> (8 - rest)) == 0;
}

static void map_v4(const void *v4, uint8_t ret[ADDRESS_BYTES])
{
    memcpy(ret, mapped_prefix, sizeof mapped_prefix);
    memcpy(ret + V4_OFFSET, v4, 4);
}

/* One "address" or "address/bits"; part is written into. */
static bool cidr_parse(char *part, struct cidr *ret)
{
    char *bits = strchr(part, '/');
    int64_t number;
    uint8_t v4[4];
    if (bits)
        *bits++ = '\0';
    bool is_v4 = inet_pton(AF_INET, part, v4) == 1;
    if (is_v4)
        map_v4(v4, ret->address);
    else if (inet_pton(AF_INET6, part, ret->address) != 1)
        return false;
    int64_t most = is_v4 ? 32 : 128;
    number = most;
    if (bits && text_number(bits, 0, most, &number))
        return false;
    ret->bits = (unsigned)(number + (is_v4 ? V4_BITS : 0));
    return true;
}

int cidr_list_parse(const char *text, struct cidr_list **ret, struct error *err)
{
    char *copy = mem_copy(text), *rest = copy, *part;
    size_t most = 1;
    for (const char *at = text; *at; at++)
        most += *at == ',';
    struct cidr_list *list = mem_new(sizeof *list + most * sizeof *list->item);
    int rc = 0;
    while (!rc && (part = text_cut(&rest, ','))) {
        char shown[64];
        if (!*part)
            continue;
        text_one_line(part, shown, sizeof shown);
        if (cidr_parse(part, &list->item[list->count]))
            list->count++;
        else
            rc = error_set(err, -EINVAL, "\"%s\" is no network: write it as 10.0.0.0/8 or fd00::/8", shown);
    }
    free(copy);
    if (rc)
        cidr_list_free(list);
    else
        *ret = list;
    return rc;
}

/* The bytes of address, mapped; false when it is neither IPv4 nor IPv6. The fields are copied out, because a
 * struct sockaddr need not be aligned as its family's type. */
static bool address_bytes(const struct sockaddr *address, uint8_t ret[ADDRESS_BYTES])
{
    if (!address)
        return false;
    if (address->sa_family == AF_INET) {
        struct sockaddr_in in;
        memcpy(&in, address, sizeof in);
        map_v4(&in.sin_addr, ret);
        return true;
    }
    if (address->sa_family == AF_INET6) {
        struct sockaddr_in6 in6;
        memcpy(&in6, address, sizeof in6);
        memcpy(ret, &in6.sin6_addr, ADDRESS_BYTES);
        return true;
    }
    return false;
}

static bool any_has(const struct cidr *item, size_t count, const struct sockaddr *address)
{
    uint8_t bytes[ADDRESS_BYTES];
    if (!address_bytes(address, bytes))
        return false;
    for (size_t i = 0; i < count; i++)
        if (cidr_has(&item[i], bytes))
            return true;
    return false;
}

bool cidr_list_has(const struct cidr_list *list, const struct sockaddr *address)
{
    return list && any_has(list->item, list->count, address);
}

bool cidr_list_empty(const struct cidr_list *list)
{
    return !list || list->count == 0;
}

bool cidr_is_private(const struct sockaddr *address)
{
    return any_has(private_network, sizeof private_network / sizeof *private_network, address);
}

void cidr_list_free(struct cidr_list *list)
{
    free(list);
}
