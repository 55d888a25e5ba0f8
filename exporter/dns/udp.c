/* SPDX-License-Identifier: MIT */
/* udp.c: questions that come by UDP, taken and answered several with one call of the system. */
#include "exporter/dns/udp.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "controller/core/mem.h"
#include "exporter/dns/message.h"
#include "exporter/dns/dns_address.h"
#include "exporter/dns/responder.h"

/* So many questions are answered before others of the loop have their turn. A question is less than half a
 * kilobyte. */
enum { BATCH = 32, QUERY_SIZE = 1500, CONTROL_SIZE = CMSG_SPACE(sizeof(struct in6_pktinfo)) };

/* Room for one question, then for its answer. */
struct slot {
    struct sockaddr_storage from;
    struct iovec io;
    _Alignas(struct cmsghdr) char control[CONTROL_SIZE];
    uint8_t query[QUERY_SIZE], reply[MESSAGE_UDP];
};

struct udp {
    uv_poll_t poll;
    int fd;
    struct responder *responder;
    struct slot slot[BATCH];
    struct mmsghdr in[BATCH], out[BATCH];
};

static unsigned take(struct udp *udp)
{
    for (size_t i = 0; i < BATCH; i++) {
        struct slot *slot = &udp->slot[i];
        slot->io = (struct iovec){slot->query, sizeof slot->query};
        udp->in[i].msg_hdr = (struct msghdr){.msg_name = &slot->from,
                                             .msg_namelen = sizeof slot->from,
                                             .msg_iov = &slot->io,
                                             .msg_iovlen = 1,
                                             .msg_control = slot->control,
                                             .msg_controllen = sizeof slot->control};
    }
    int count = recvmmsg(udp->fd, udp->in, BATCH, MSG_DONTWAIT, NULL);
    return count > 0 ? (unsigned)count : 0;
}

/* The address that the question was sent to; and the control message is made fit to send the answer from it.
 */
static void find_own(struct msghdr *header, struct sockaddr_storage *ret)
{
    struct in_pktinfo v4;
    struct in6_pktinfo v6;
    struct cmsghdr *control = CMSG_FIRSTHDR(header);
    if (!control)
        return;
    if (control->cmsg_level == IPPROTO_IP && control->cmsg_type == IP_PKTINFO) {
        struct sockaddr_in own = {.sin_family = AF_INET};
        memcpy(&v4, CMSG_DATA(control), sizeof v4);
        own.sin_addr = v4.ipi_spec_dst;
        v4.ipi_ifindex = 0;
        memcpy(CMSG_DATA(control), &v4, sizeof v4);
        memcpy(ret, &own, sizeof own);
    } else if (control->cmsg_level == IPPROTO_IPV6 && control->cmsg_type == IPV6_PKTINFO) {
        struct sockaddr_in6 own = {.sin6_family = AF_INET6};
        memcpy(&v6, CMSG_DATA(control), sizeof v6);
        own.sin6_addr = v6.ipi6_addr;
        if (!IN6_IS_ADDR_LINKLOCAL(&v6.ipi6_addr))
            v6.ipi6_ifindex = 0;
        memcpy(CMSG_DATA(control), &v6, sizeof v6);
        memcpy(ret, &own, sizeof own);
        dns_address_unmap(ret);
    }
}

/* The answer to what stands in a slot is put there; false: there is none. */
static bool answer(struct udp *udp, size_t i)
{
    struct slot *slot = &udp->slot[i];
    struct msghdr *header = &udp->in[i].msg_hdr;
    struct sockaddr_storage own = {0};
    const uint8_t *reply;
    if (header->msg_flags & MSG_TRUNC)
        return false;
    find_own(header, &own);
    const struct asker asker = {.from = (const struct sockaddr *)&slot->from,
                                .own = own.ss_family ? (const struct sockaddr *)&own : NULL};
    size_t size = responder_answer(udp->responder, &asker, slot->query, udp->in[i].msg_len, &reply);
    if (!size || size > sizeof slot->reply)
        return false;
    memcpy(slot->reply, reply, size);
    slot->io = (struct iovec){slot->reply, size};
    return true;
}

/* What cannot be sent is lost, as anything may be over UDP: whoever asked asks again. */
static void send_all(struct udp *udp, unsigned count)
{
    for (unsigned at = 0; at < count;) {
        int sent = sendmmsg(udp->fd, udp->out + at, count - at, MSG_DONTWAIT);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            return;
        at += sent > 0 ? (unsigned)sent : 1;
    }
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    struct udp *udp = poll->data;
    (void)status; /* errors that wait on the socket are taken by reading */
    (void)events;
    unsigned came = take(udp), answers = 0;
    for (unsigned i = 0; i < came; i++)
        if (answer(udp, i)) {
            udp->out[answers] = (struct mmsghdr){.msg_hdr = udp->in[i].msg_hdr};
            udp->out[answers++].msg_hdr.msg_flags = 0;
        }
    send_all(udp, answers);
}

static int open_socket(struct sockaddr_storage *place)
{
    const int yes = 1, no = 0;
    bool ipv6 = place->ss_family == AF_INET6;
    int fd = socket(place->ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    if (ipv6) {
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof no);
        setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &yes, sizeof yes);
    } else {
        setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &yes, sizeof yes);
    }
    socklen_t length = sizeof *place;
    if (bind(fd, (const struct sockaddr *)place, dns_address_length(place)) != 0 ||
        getsockname(fd, (struct sockaddr *)place, &length) != 0) {
        int code = -errno;
        close(fd);
        return code;
    }
    return fd;
}

int udp_may_open(const struct sockaddr_storage *place, struct error *err)
{
    struct sockaddr_storage copy = *place;
    int fd = open_socket(&copy);
    if (fd >= 0)
        close(fd);
    return fd >= 0 || fd == -EADDRINUSE ? 0 : dns_address_failed(place, fd, err);
}

struct udp *udp_open(uv_loop_t *loop, struct sockaddr_storage *place, struct responder *responder,
                     struct error *err)
{
    int fd = open_socket(place);
    if (fd < 0) {
        dns_address_failed(place, fd, err);
        return NULL;
    }
    struct udp *udp = mem_new(sizeof *udp);
    udp->fd = fd;
    udp->responder = responder;
    int code = uv_poll_init(loop, &udp->poll, fd);
    if (code != 0) {
        dns_address_failed(place, code, err);
        close(fd);
        free(udp);
        return NULL;
    }
    udp->poll.data = udp;
    uv_poll_start(&udp->poll, UV_READABLE, on_readable);
    return udp;
}

static void on_closed(uv_handle_t *handle)
{
    struct udp *udp = handle->data;
    free(udp);
}

void udp_close(struct udp *udp)
{
    if (!udp)
        return;
    uv_poll_stop(&udp->poll);
    close(udp->fd);
    uv_close((uv_handle_t *)&udp->poll, on_closed);
}
