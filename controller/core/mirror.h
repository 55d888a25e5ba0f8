/* mirror.h: what an exit keeps outside as entries of its own (keys in etcd, services of a Consul agent),
 * compared with what the registry wants: which are to be put, which to be removed. It knows no partner; the
 * exit says what stands outside, takes what is to be done and says how that went. Pure.
 *
 * A change of the registry costs what changed, not what there is. */
#ifndef QUAYWATCH_CORE_MIRROR_H
#define QUAYWATCH_CORE_MIRROR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct instance;
struct mirror;
struct registry;

/* What is wanted of an instance. */
enum mirror_wish {
    MIRROR_NOTHING, /* no entry */
    MIRROR_KEEP,    /* an entry that stands outside is to stay, with this text; none is made */
    MIRROR_ENTRY,   /* an entry with this text */
};

/* Says what is wanted of one instance: the entry's name, which no other instance has, and its text. Both come
 * empty. */
typedef enum mirror_wish mirror_render(void *user, const struct instance *instance, struct buf *name,
                                       struct buf *text);

/* What stands outside under an entry's name. */
enum mirror_outside {
    MIRROR_ABSENT,
    MIRROR_SAME,    /* what is wanted */
    MIRROR_OTHER,   /* something of ours, or we do not know what */
    MIRROR_FOREIGN, /* something of somebody else: left alone */
};

/* One entry. Read only, but for the exit's own part. Lives until the next mirror_follow, mirror_say,
 * mirror_done or mirror_listed. */
struct mirror_entry {
    const char *name;
    const char *text; /* wanted; NULL: none is */
    enum mirror_outside outside;
    /* The exit's own. They start with 0, and are that again when a list does not tell of the entry: a partner
     * that was restored from a backup counts from an earlier number. */
    uint64_t mark;
    int64_t tag;
    uint64_t stands; /* such as a hash of the text that stands outside */
};

/* An empty mirror of a registry. */
struct mirror *mirror_new(const struct registry *registry, mirror_render *render, void *user);
void mirror_free(struct mirror *mirror);

/* Looks at what changed in the registry since the last time. Next to nothing when its revision is the same.
 */
void mirror_follow(struct mirror *mirror);

/* The entry of that name, or NULL. */
struct mirror_entry *mirror_find(const struct mirror *mirror, const char *name);

/* Says what stands outside under a name; makes an entry if there is none and it is needed. NULL when not. An
 * entry that is under way (taken) may be told of, too: see mirror_done. */
struct mirror_entry *mirror_say(struct mirror *mirror, const char *name, enum mirror_outside outside);

/* A list of all that stands outside begins: what is not told of (mirror_say) until mirror_listed is absent.
 * Nothing may be under way. */
void mirror_list(struct mirror *mirror);
void mirror_listed(struct mirror *mirror);

/* Takes the next entry to be put (text) or removed (no text), removals first; it is then under way. What an
 * earlier life of ours left is removed only where may_empty is set. NULL: nothing is to be done. */
struct mirror_entry *mirror_take(struct mirror *mirror, bool may_empty);

/* How that went. The entry may be gone afterwards. */
enum mirror_outcome {
    MIRROR_WORKED,  /* what stands outside is what was wanted when it was taken */
    MIRROR_UNKNOWN, /* nobody knows what stands outside */
    MIRROR_AS_SAID, /* what was known, or said meanwhile, holds */
};
void mirror_done(struct mirror *mirror, struct mirror_entry *entry, enum mirror_outcome outcome);

/* Whether there is anything for mirror_take. */
bool mirror_has_work(const struct mirror *mirror, bool may_empty);

/* The entries that stand outside and are ours stand in a row: the first one, NULL when there is none, and how
 * one is moved to its end. For those that confirm what stands there again and again. mirror_next gives the
 * one behind another; saying of one that it is MIRROR_SAME or MIRROR_OTHER leaves it in its place. */
struct mirror_entry *mirror_first(const struct mirror *mirror);
struct mirror_entry *mirror_next(struct mirror_entry *entry);
void mirror_to_end(struct mirror *mirror, struct mirror_entry *entry);

struct mirror_figures {
    size_t entries, services; /* that are wanted and stand outside */
    size_t foreign;           /* names that are wanted and somebody else has */
    uint64_t spared;          /* services that changed, but not for this exit */
};
void mirror_figures(const struct mirror *mirror, struct mirror_figures *ret);

#endif
