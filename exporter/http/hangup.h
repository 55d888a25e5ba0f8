/* hangup.h: notices that a client closed its connection while nobody reads from it: the HTTP library looks at
 * no connection that sleeps. Costs nothing while nothing happens. */
#ifndef QUAYWATCH_EXPORTER_HTTP_HANGUP_H
#define QUAYWATCH_EXPORTER_HTTP_HANGUP_H

struct hangups;

/* The other end of the connection was closed; the watch has ended. */
typedef void hangup_gone(void *user);

/* One watched connection, kept by its owner; to be read by nobody else. */
struct hangup {
    hangup_gone *gone;
    void *user;
    int fd; /* -1: not watched */
};

/* Watches nothing yet. NULL with a sentence in err when the system gives no descriptor. */
struct error;
struct hangups *hangups_open(struct error *err);

/* The descriptor that becomes readable when there is something for hangups_look. */
int hangups_fd(const struct hangups *hangups);

/* Tells the owners of the connections that were closed. These may end any watch meanwhile. */
void hangups_look(struct hangups *hangups);

/* Begins to watch the connection fd: gone is called with user, from hangups_look, at most once. hangup must
 * stay where it is until then, or until hangup_end. */
void hangup_watch(struct hangups *hangups, struct hangup *hangup, int fd, hangup_gone *gone, void *user);

/* Ends the watch, before fd is closed. One that has ended is fine. */
void hangup_end(struct hangups *hangups, struct hangup *hangup);

/* Frees it, after all watches. NULL is fine. */
void hangups_close(struct hangups *hangups);

#endif
