/* options_table.h: the shape of the table of settings; for the options*.c files only. */
#ifndef QUAYWATCH_CONTROLLER_OPTIONS_TABLE_H
#define QUAYWATCH_CONTROLLER_OPTIONS_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct error;
struct options;

enum option_kind {
    OPTION_TEXT,     /* const char * */
    OPTION_BOOL,     /* bool */
    OPTION_NUMBER,   /* unsigned */
    OPTION_DURATION, /* int64_t, milliseconds */
    OPTION_CHOICE,   /* an enum whose values are the words' places */
    OPTION_WORD,     /* const char *: one of the words */
};

enum { OPTION_WORDS = 6, OPTION_ALIASES = 2 };

struct option_row {
    const char *group;                /* heading, in the first row of a group */
    const char *key;                  /* without QUAYWATCH_ */
    bool bare;                        /* also read without QUAYWATCH_: a name that other programs share */
    const char *also[OPTION_ALIASES]; /* further names, as they stand */
    enum option_kind kind;
    bool secret, later; /* later: read and checked, but nothing uses it yet: a notice */
    size_t offset;      /* in struct options; OPTION_NOWHERE: not stored */
    int64_t min, max;   /* of numbers and durations */
    const char *word[OPTION_WORDS];
    bool (*valid)(const char *text); /* of texts; NULL: any */
    const char *allowed;             /* what valid wants, as the end of "allowed is …" */
    const char *standard;            /* the default as one would write it; NULL: the field stays NULL */
    const char *help;
};

#define OPTION_NOWHERE SIZE_MAX

/* All settings, in the order of the help. */
extern const struct option_row option_table[];
extern const size_t option_count;

/* Parses value by the row's rules and stores it in ret. On failure -EINVAL with the end of a sentence about
 * the value: `is "5x"; allowed is …`. */
int option_store(const struct option_row *row, const char *value, struct options *ret, struct error *err);

/* Writes what the row allows ("a duration of at least 100ms, such as 30s") into text of size bytes. */
void option_allowed(const struct option_row *row, char *text, size_t size);

/* What texts of the alert channels must look like: an http(s) URL; one that ends with an ntfy topic; an
 * smtp(s) URL; "name@host" or "Some Name <name@host>"; a comma list of addresses. */
bool option_is_url(const char *text);
bool option_is_topic(const char *text);
bool option_is_mail_server(const char *text);
bool option_is_sender(const char *text);
bool option_is_addresses(const char *text);

/* What texts of etcd and Consul must look like: a base URL without userinfo, query and fragment; a comma list
 * of such; the beginning of keys, "/quaywatch"; a key, "quaywatch/leader". */
bool option_is_base_url(const char *text);
bool option_is_base_urls(const char *text);
bool option_is_key_prefix(const char *text);
bool option_is_key(const char *text);

/* Whether each word of a comma list is valid. */
bool option_is_list_of(const char *text, bool (*valid)(const char *word));

/* What texts about who may reach us by which name must look like: comma lists of host names, and of origins.
 */
bool option_is_hosts(const char *text);
bool option_is_origins(const char *text);

/* Whether the settings of the channels fit together; -EINVAL with a sentence when one lacks another. */
int option_check_alerts(const struct options *options, struct error *err);

/* Reads one line of a settings file: 1 with *ret_key and *ret_value (both inside line, which is written
 * into), 0 for a blank or comment line, -EINVAL for anything else. */
int option_line(char *line, char **ret_key, char **ret_value);

#endif
