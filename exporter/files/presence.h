/* presence.h: which endpoints there were at the latest look, so that it is seen at once when one is gone. Its
 * cost is in proportion to what changed. Pure. */
#ifndef QUAYWATCH_EXPORTER_FILES_PRESENCE_H
#define QUAYWATCH_EXPORTER_FILES_PRESENCE_H

struct presence;
struct registry;

enum presence_news {
    PRESENCE_SAME,    /* the registry is what it was */
    PRESENCE_CHANGED, /* something in it is another */
    PRESENCE_LESS,    /* an endpoint is not told any more */
};

/* Nothing was there yet. */
struct presence *presence_new(void);

/* Frees it. NULL is fine. */
void presence_free(struct presence *presence);

/* Compares with the look before. */
enum presence_news presence_look(struct presence *presence, const struct registry *registry);

#endif
