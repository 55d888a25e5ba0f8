/* name_query.h: a host name → its addresses. Each question has a thread of its own that nobody waits for: one
 * that hangs (a dead name server: up to half a minute) takes no place in libuv's pool, in which files are
 * written, and does not hold up the end of the process. */
#ifndef QUAYWATCH_CORE_NAME_QUERY_H
#define QUAYWATCH_CORE_NAME_QUERY_H

typedef struct uv_loop_s uv_loop_t;
struct addrinfo;
struct name_query;

/* code: 0, or one of libuv's for uv_strerror, and found is NULL. found belongs to the callee: freeaddrinfo.
 */
typedef void name_query_done(void *user, int code, struct addrinfo *found);

/* Asks for the stream addresses of host at a port (a number as text, or NULL); both are copied. done is
 * called once, in a later turn of the loop, unless the question is cancelled. */
struct name_query *name_query_start(uv_loop_t *loop, const char *host, const char *port,
                                    name_query_done *done, void *user);

/* Ends it without callback; its thread ends by itself. The loop must run once more. Not once done was called.
 * NULL is fine. */
void name_query_cancel(struct name_query *query);

#endif
