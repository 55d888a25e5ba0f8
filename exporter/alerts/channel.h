/* channel.h: one file a channel, which only says how its messages look: alerts → method, URL, headers, body.
 * The table says the rest that differs. Only the files of this room include this. */
#ifndef QUAYWATCH_EXPORTER_ALERTS_CHANNEL_H
#define QUAYWATCH_EXPORTER_ALERTS_CHANNEL_H

#include "controller/core/mem.h"
#include "exporter/alerts/channels.h"

/* What is to be told in one message. */
struct telling {
    const struct alert *const *item; /* for a receiver of all: what it was told of, too */
    size_t count;                    /* 0 only for a ping */
    unsigned left_out;               /* further ones that there was no room for */
    int64_t now_wall_ms;
};

/* The message, all in the arena. */
enum { MESSAGE_HEADERS = 6 };
struct message {
    struct arena arena;
    const char *method; /* NULL: mail */
    const char *url;
    const char *header[MESSAGE_HEADERS + 1]; /* ends with NULL */
    const char *body;
    size_t body_len;
    const char *mail_from; /* of mail: bare addresses */
    const char *const *mail_to;
    enum mail_security mail_security; /* as it is to be: MAIL_AUTO only where there is no password */
};

struct channel_row {
    void (*render)(const struct channels_config *config, const struct telling *telling, struct message *ret);
    bool keeps_account; /* is told of all that fires at once, not of each alert once */
    int64_t spacing_ms; /* between two messages; */
    unsigned burst;     /* so many in a row, */
    int64_t refill_ms;  /* then one in that time: beyond, several alerts are joined into one message */
};
extern const struct channel_row channel_table[CHANNEL_COUNT];

/* A message on whose arena the rest is built; free it with message_free. */
void message_free(struct message *message);

/* The one alert, or the digest of several. */
struct alert message_alert(struct message *message, const struct telling *telling);

/* Makes it a POST of JSON: body is taken over. */
struct buf;
void message_json(struct message *message, const char *url, struct buf *body);

/* Appends a header: name and value, which holds no line end. */
void message_header(struct message *message, const char *name, const char *value);

/* url with suffix behind its path, before a query. */
char *message_url(struct message *message, const char *url, const char *suffix);

/* channel_<kind>.c: how each looks. */
void channel_webhook(const struct channels_config *config, const struct telling *telling,
                     struct message *ret);
void channel_slack(const struct channels_config *config, const struct telling *telling, struct message *ret);
void channel_discord(const struct channels_config *config, const struct telling *telling,
                     struct message *ret);
void channel_ntfy(const struct channels_config *config, const struct telling *telling, struct message *ret);
void channel_gotify(const struct channels_config *config, const struct telling *telling, struct message *ret);
void channel_email(const struct channels_config *config, const struct telling *telling, struct message *ret);
void channel_alertmanager(const struct channels_config *config, const struct telling *telling,
                          struct message *ret);
void channel_healthchecks(const struct channels_config *config, const struct telling *telling,
                          struct message *ret);

/* How long an alert fires at Alertmanager when nobody fires it again. */
int64_t channel_fires_for_ms(const struct channels_config *config);

/* Whether something critical fires, as a dead man's switch is told: the worst of it, or NULL. */
const struct alert *channel_worst(const struct telling *telling);

#endif
