/* channels.h: carries alerts to where people see them: a webhook, Slack, Discord, ntfy, Gotify, mail,
 * Alertmanager, a healthchecks ping. Never holds up the loop: a bounded queue on disk, tried again with a
 * doubling wait. Addresses and tokens are secrets: they are in no sentence, log line or answer. */
#ifndef QUAYWATCH_EXPORTER_ALERTS_CHANNELS_H
#define QUAYWATCH_EXPORTER_ALERTS_CHANNELS_H

#include "exporter/alerts/alert.h"

typedef struct uv_loop_s uv_loop_t;
struct channels;
struct error;

enum channel_kind {
    CHANNEL_WEBHOOK,
    CHANNEL_SLACK,
    CHANNEL_DISCORD,
    CHANNEL_NTFY,
    CHANNEL_GOTIFY,
    CHANNEL_EMAIL,
    CHANNEL_ALERTMANAGER,
    CHANNEL_HEALTHCHECKS,
    CHANNEL_COUNT
};
extern const char *const channel_name[CHANNEL_COUNT]; /* "webhook", "slack", … as settings and labels say */

/* The channel of that name; -1 when there is none. */
int channel_find(const char *name);

/* Whether a channel is configured. */
bool channels_has(const struct channels *channels, enum channel_kind kind);

/* Queues an alert for every configured channel in the set (bit 1 << kind). Everything is copied. */
void channels_send(struct channels *channels, unsigned set, const struct alert *alert);

/* Drops the connections, keeps what waits on disk and frees; the loop must run once more. NULL is fine. */
void channels_close(struct channels *channels);

#endif
