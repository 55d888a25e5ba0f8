/* channels.h: carries alerts to where people see them: a webhook, Slack, Discord, ntfy, Gotify, mail,
 * Alertmanager, a healthchecks ping. Never holds up the loop: a bounded queue on disk, tried again with a
 * doubling wait, and no storm: what comes too fast is joined into one message. Addresses and tokens are
 * secrets: they are in no sentence, log line or answer. */
#ifndef QUAYWATCH_EXPORTER_ALERTS_CHANNELS_H
#define QUAYWATCH_EXPORTER_ALERTS_CHANNELS_H

#include "exporter/alerts/alert.h"

typedef struct uv_loop_s uv_loop_t;
struct channels;
struct error;
struct stats;

enum channel_kind {
    CHANNEL_WEBHOOK,
    CHANNEL_SLACK,
    CHANNEL_DISCORD,
    CHANNEL_NTFY,
    CHANNEL_GOTIFY,
    CHANNEL_EMAIL,
    CHANNEL_ALERTMANAGER, /* is told again and again what fires */
    CHANNEL_HEALTHCHECKS, /* is pinged while nothing critical fires, and told of the failure while it does */
    CHANNEL_COUNT
};
extern const char *const channel_name[CHANNEL_COUNT];    /* "webhook", "slack", … as labels and paths say */
extern const char *const channel_setting[CHANNEL_COUNT]; /* "ALERT_WEBHOOK", … */

/* How mail is encrypted where the URL says smtp:// (smtps:// always is). */
enum mail_security {
    MAIL_AUTO,     /* STARTTLS where it is offered; must be where there is a password */
    MAIL_REQUIRED, /* STARTTLS, or no mail */
    MAIL_OFF
};

/* What the settings say, well formed; everything is copied. Texts may be NULL or "" for unset. */
struct channels_config {
    const char *url[CHANNEL_COUNT]; /* unset: the channel is not configured */
    const char *ntfy_token, *gotify_token;
    const char *email_from; /* "name@host" or "Some Name <name@host>"; unset: quaywatch@<host> */
    const char *email_to;   /* a comma list of addresses */
    enum mail_security email_security;
    const char *ca_file; /* of issuers that are trusted instead of the system's */
    const char *host;    /* where quaywatch runs */
    int64_t ping_interval_ms;
    int64_t refire_interval_ms; /* of Alertmanager; 0: a minute */
    bool retry;
    unsigned attempts; /* in a row, until a channel counts as failing */
    int64_t retry_base_ms, retry_max_ms;
};

/* A channel begins to fail (sentence says how, without its address), or works again (NULL). Only records. */
typedef void channel_trouble(void *user, enum channel_kind kind, const char *sentence);

/* The channel of that name; -1 when there is none. */
int channel_find(const char *name);

/* Opens the configured channels and takes up what waits in state_dir ("": the queue is kept in memory only).
 * Deliveries are counted in stats (alerts: channel, result). NULL with a sentence when the HTTP client cannot
 * start; a damaged queue file is no failure: it is set aside, which trouble hears of. */
struct channels *channels_open(uv_loop_t *loop, const struct channels_config *config, const char *state_dir,
                               struct stats *stats, channel_trouble *trouble, void *user, struct error *err);

/* The settings were read again. What waits for a channel that is not configured any more is dropped. */
void channels_configure(struct channels *channels, const struct channels_config *config);

/* Whether a channel is configured. NULL has none. */
bool channels_has(const struct channels *channels, enum channel_kind kind);

/* Queues an alert for every configured channel in the set (bit 1 << kind). Everything is copied. A newer
 * alert of the same trouble takes the place of one that is not delivered yet; a trouble that ended before
 * anybody was told of it is not told of at all. Starts nothing before it returns. */
void channels_send(struct channels *channels, unsigned set, const struct alert *alert);

/* After a start: of all troubles that people were told of, only those with these ids still go on. The others
 * are ended where a channel keeps account of them (Alertmanager, healthchecks). */
void channels_keep_only(struct channels *channels, const char *const *id, size_t count, int64_t now_wall_ms);

/* How many alerts wait for a channel. */
size_t channels_waiting(const struct channels *channels, enum channel_kind kind);

/* Why the channel fails, NULL while it does not. Valid until the next turn. */
const char *channels_trouble(const struct channels *channels, enum channel_kind kind);

/* How a test ended. */
struct channel_tested {
    bool delivered;
    int status; /* of the other side (HTTP or SMTP), 0 when it did not answer */
    char sentence[256];
};
typedef void channel_test_done(void *user, const struct channel_tested *tested);

/* Sends a test alert at once, past the queue and once only; done is called in a later turn. -ENOENT with a
 * sentence when the channel is not configured, -EBUSY while a test of it is under way. */
int channels_test(struct channels *channels, enum channel_kind kind, channel_test_done *done, void *user,
                  struct error *err);

/* Whoever asked for tests with user is gone: done is not called for them. */
void channels_test_forget(struct channels *channels, const void *user);

/* Drops the connections, keeps what waits on disk and frees; the loop must run until nothing is left. NULL is
 * fine. */
void channels_close(struct channels *channels);

#endif
