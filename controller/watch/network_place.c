/* SPDX-License-Identifier: MIT */
/* Where the controller stands: this machine's or container's own addresses and default gateway. */
#include "controller/watch/network.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <inttypes.h>
#include <net/if.h>
#include <net/route.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int bits_count(const uint8_t *mask, int length)
{
    int bits = 0;
    for (int i = 0; i < length; i++)
        bits += __builtin_popcount(mask[i]);
    return bits;
}

/* One interface's address with the length of its prefix; false for those that lead nowhere else. */
static bool own_read(const struct ifaddrs *interface, struct own_address *ret)
{
    if (!interface->ifa_addr || !interface->ifa_netmask || !(interface->ifa_flags & IFF_UP) ||
        (interface->ifa_flags & IFF_LOOPBACK))
        return false;
    uint8_t mask[16];
    if (interface->ifa_addr->sa_family == AF_INET) {
        struct sockaddr_in address, netmask;
        memcpy(&address, interface->ifa_addr, sizeof address);
        memcpy(&netmask, interface->ifa_netmask, sizeof netmask);
        memcpy(ret->bytes, &address.sin_addr, 4);
        memcpy(mask, &netmask.sin_addr, 4);
        ret->length = 4;
    } else if (interface->ifa_addr->sa_family == AF_INET6) {
        struct sockaddr_in6 address, netmask;
        memcpy(&address, interface->ifa_addr, sizeof address);
        memcpy(&netmask, interface->ifa_netmask, sizeof netmask);
        if (IN6_IS_ADDR_LINKLOCAL(&address.sin6_addr))
            return false; /* every interface's link has the same one */
        memcpy(ret->bytes, &address.sin6_addr, 16);
        memcpy(mask, &netmask.sin6_addr, 16);
        ret->length = 16;
    } else {
        return false;
    }
    ret->prefix = bits_count(mask, ret->length);
    return true;
}

static void own_fill(struct network_place *ret)
{
    struct ifaddrs *interfaces;
    if (getifaddrs(&interfaces) < 0)
        return;
    for (const struct ifaddrs *interface = interfaces; interface; interface = interface->ifa_next) {
        struct own_address own = {0};
        if (!own_read(interface, &own))
            continue;
        ret->own = mem_resize(ret->own, ret->own_count + 1, sizeof *ret->own);
        ret->own[ret->own_count++] = own;
    }
    freeifaddrs(interfaces);
}

/* /proc/net/route: interface, destination, gateway, flags, …; addresses as hex numbers in network byte order
 * as they lie in memory. */
static bool gateway_read(char *ret, size_t size)
{
    FILE *file = fopen("/proc/net/route", "re");
    char line[256];
    bool found = false;
    while (file && !found && fgets(line, sizeof line, file)) {
        uint32_t destination, gateway;
        unsigned flags;
        if (sscanf(line, "%*s %" SCNx32 " %" SCNx32 " %x", &destination, &gateway, &flags) != 3)
            continue;
        struct in_addr address = {.s_addr = gateway};
        found = destination == 0 && (flags & RTF_GATEWAY) &&
                inet_ntop(AF_INET, &address, ret, (socklen_t)size);
    }
    if (file)
        fclose(file);
    return found;
}

/* 32 hex digits into an address. */
static bool hex_read(const char *text, struct in6_addr *ret)
{
    for (int i = 0; i < 16; i++) {
        unsigned byte;
        if (sscanf(text + (ptrdiff_t)i * 2, "%2x", &byte) != 1)
            return false;
        ret->s6_addr[i] = (uint8_t)byte;
    }
    return true;
}

/* /proc/net/ipv6_route: destination, its prefix length, source, its prefix length, next hop, … A link-local
 * next hop is no address one can connect to without naming the interface. */
static bool gateway6_read(char *ret, size_t size)
{
    FILE *file = fopen("/proc/net/ipv6_route", "re");
    char line[256];
    bool found = false;
    while (file && !found && fgets(line, sizeof line, file)) {
        char destination[33], hop[33];
        unsigned prefix;
        struct in6_addr to, gateway;
        if (sscanf(line, "%32s %x %*s %*s %32s", destination, &prefix, hop) != 3 || prefix != 0 ||
            strlen(destination) != 32 || strlen(hop) != 32 || !hex_read(destination, &to) ||
            !hex_read(hop, &gateway))
            continue;
        found = IN6_IS_ADDR_UNSPECIFIED(&to) && !IN6_IS_ADDR_UNSPECIFIED(&gateway) &&
                !IN6_IS_ADDR_LINKLOCAL(&gateway) && inet_ntop(AF_INET6, &gateway, ret, (socklen_t)size);
    }
    if (file)
        fclose(file);
    return found;
}

void network_place_read(struct network_place *ret)
{
    *ret = (struct network_place){0};
    own_fill(ret);
    if (!gateway_read(ret->gateway, sizeof ret->gateway) && !gateway6_read(ret->gateway, sizeof ret->gateway))
        ret->gateway[0] = '\0';
}

void network_place_free(struct network_place *place)
{
    free(place->own);
    *place = (struct network_place){0};
}

bool network_in_container(void)
{
    return access("/.dockerenv", F_OK) == 0 || access("/run/.containerenv", F_OK) == 0;
}

/* Engines mount /etc/hostname from a folder of theirs: Docker ".../containers/<id>/hostname", Podman
 * ".../overlay-containers/<id>/userdata/hostname". */
static bool mount_read(const char *line, char ret[static 65])
{
    static const char folder[] = "containers/";
    if (!strstr(line, " /etc/hostname "))
        return false;
    for (const char *id = line; (id = strstr(id, folder));) {
        id += sizeof folder - 1;
        if (strspn(id, "0123456789abcdef") != 64 || id[64] != '/')
            continue;
        memcpy(ret, id, 64);
        ret[64] = '\0';
        return true;
    }
    return false;
}

bool network_own_container(char ret[static 65])
{
    FILE *file = fopen("/proc/self/mountinfo", "re");
    char line[4096];
    bool found = false;
    while (file && !found && fgets(line, sizeof line, file))
        found = mount_read(line, ret);
    if (file)
        fclose(file);
    return found;
}
