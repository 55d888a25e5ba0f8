/* fields.h: the precedence of CONTRACT section 3 as a table, fields × sources. Inside labels/ only. */
#ifndef QUAYWATCH_CONTROLLER_LABELS_FIELDS_H
#define QUAYWATCH_CONTROLLER_LABELS_FIELDS_H

#include "controller/labels/resolution.h"

/* How a value is read, and so the type of the spec's member. */
enum value_kind {
    VALUE_TEXT,     /* const char *: printable, at most max bytes; empty is unset */
    VALUE_RAW,      /* const char *: anything, at most max bytes; empty is unset */
    VALUE_COMMAND,  /* const char *: as command_parse wants it; never shown: it may hold secrets */
    VALUE_NUMBER,   /* unsigned: min to max */
    VALUE_PORT,     /* int: 1 to 65535 */
    VALUE_DURATION, /* int64_t: at least min ms; where min is 0, "off" is 0 */
    VALUE_PERCENT,  /* unsigned, parts in a million: "99.9%" or "99.9" */
    VALUE_SHARE,    /* struct share: "2" or "25%" */
    VALUE_BOOL,     /* bool */
    VALUE_CHOICE,   /* an enum: one of the choices */
    VALUE_WORD,     /* const char *: one of the choices, as the choice spells it */
    VALUE_PATH,     /* const char *: of a URL, begins with "/" */
    VALUE_STATUSES, /* const char *: "200-299", "200,204" */
    VALUE_HOST,     /* const char *: a host name or IPv4 address */
    VALUE_CHANNELS, /* const char *: a comma list of alert channels, or "none" */
    VALUE_NETWORK, /* const char *: name of an attached network, also without the compose project before it */
};

struct choice {
    const char *word;
    unsigned value;
};

/* A source that is more than one label: the value as text, and in *name who said it. labels is the tier to
 * look in; what does not come from labels is looked for when override is false only. NULL when it says
 * nothing. */
typedef const char *source_find(const struct resolution *r, const struct pairs *labels, bool override,
                                const char **name);

enum { FIELD_SOURCES = 8 };

struct field {
    const char *name; /* in spec->sources: the service.* label without its prefix */
    enum value_kind kind;
    size_t member; /* offset in struct spec */
    int64_t min, max;
    const struct choice *choices;
    size_t choice_count;
    struct source {
        const char *label; /* or */
        source_find *find;
        bool quiet; /* an unusable value is no finding */
    } sources[FIELD_SOURCES];
};

/* Reads text into the spec's member, as label says it. 0, or -EINVAL with the member untouched. */
int value_read(struct resolution *r, const struct field *field, const char *label, const char *text);

/* What is allowed, in words that follow "allowed is". */
void value_allowed(const struct resolution *r, const struct field *field, const char *label, char *ret,
                   size_t size);

/* Fills all fields of the table, recording winners and findings. Members keep their default where no source
 * speaks. */
void fields_apply(struct resolution *r);

#endif
