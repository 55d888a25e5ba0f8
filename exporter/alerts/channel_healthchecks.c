/* SPDX-License-Identifier: MIT */
/* channel_healthchecks.c: pings for a dead man's switch (healthchecks.io, "Pinging API"): <url> while all is
 * well, <url>/fail while something critical fires, <url>/log for a test. At least 10,000 bytes are kept. */
#include "controller/core/buf.h"
#include "exporter/alerts/channel.h"
#include "exporter/alerts/words.h"

enum { BODY_MAX = 10000 };

const struct alert *channel_worst(const struct telling *telling)
{
    const struct alert *worst = NULL;
    for (size_t i = 0; i < telling->count; i++) {
        const struct alert *at = telling->item[i];
        if ((at->state == ALERT_FIRING || at->state == ALERT_REMINDER) && at->severity >= SEVERITY_CRITICAL &&
            (!worst || at->severity > worst->severity))
            worst = at;
    }
    return worst;
}

void channel_healthchecks(const struct channels_config *config, const struct telling *telling,
                          struct message *ret)
{
    struct arena *arena = &ret->arena;
    const struct alert *worst = channel_worst(telling);
    const char *suffix = worst ? "/fail" : "";
    const char *text = "Nothing critical fires.";
    if (worst)
        text = arena_format(arena, "%s\n%s", worst->title, words_body(arena, worst));
    if (telling->count == 1 && telling->item[0]->state == ALERT_TEST) {
        suffix = "/log";
        text = telling->item[0]->sentence;
    }
    text = words_cut(arena, text, BODY_MAX);
    ret->method = "POST";
    ret->url = message_url(ret, config->url[CHANNEL_HEALTHCHECKS], suffix);
    ret->body_len = words_fit(text, BODY_MAX);
    ret->body = arena_copy_n(arena, text, ret->body_len);
    message_header(ret, "Content-Type", "text/plain; charset=utf-8");
}
