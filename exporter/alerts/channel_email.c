/* SPDX-License-Identifier: MIT */
/* channel_email.c: a plain text mail. The mails of one trouble refer to one id that no mail has, so that mail
 * programs show them as one thread. */
#include <stdio.h>
#include <string.h>

#include "controller/core/buf.h"
#include "controller/core/hash.h"
#include "controller/core/text.h"
#include "exporter/alerts/channel.h"
#include "exporter/alerts/mail_text.h"
#include "exporter/alerts/words.h"

enum { MAIL_MAX = 256 * 1024, SUBJECT_MAX = 200, VICTIMS_NAMED = 100 };

/* The sender's name and address: both parts of "Some Name <name@host>". */
static void split_sender(struct arena *arena, const struct channels_config *config, const char **ret_name,
                         const char **ret_address)
{
    const char *from = config->email_from ? config->email_from : "";
    const char *open = strchr(from, '<');
    *ret_name = "";
    if (open) {
        *ret_name = text_trim(arena_copy_n(arena, from, (size_t)(open - from)));
        *ret_address = arena_copy_n(arena, open + 1, strcspn(open + 1, ">"));
    } else if (from[0]) {
        *ret_address = from;
    } else {
        bool usable = config->host && text_is_host(config->host) && !strpbrk(config->host, "_:");
        *ret_address = arena_format(arena, "quaywatch@%s", usable ? config->host : "localhost");
    }
}

static const char *const *split_receivers(struct arena *arena, const char *list)
{
    size_t count = 1;
    for (const char *at = list; *at; at++)
        count += *at == ',';
    const char **receiver = arena_new(arena, (count + 1) * sizeof *receiver);
    char *rest = arena_copy(arena, list), *part;
    for (size_t i = 0; (part = text_cut(&rest, ','));)
        if (*part)
            receiver[i++] = part;
    return receiver;
}

/* A user and a password in the URL. */
static bool has_password(const char *url)
{
    const char *host = strstr(url, "://"), *at = host ? strrchr(host, '@') : NULL;
    return at && memchr(host + 3, ':', (size_t)(at - host - 3)) != NULL;
}

static uint64_t id_of(const struct alert *alert)
{
    return hash_text(hash_text(HASH_START, alert->id), alert->host);
}

static void put_ids(struct buf *out, const struct alert *alert, const char *address, int64_t now_wall_ms)
{
    const char *domain = strrchr(address, '@');
    domain = domain ? domain + 1 : "localhost";
    unsigned long long thread = id_of(alert);
    buf_format(out, "Message-ID: <%016llx.%s.%lld@%s>\r\n", thread, alert_state_name[alert->state],
               (long long)now_wall_ms, domain);
    if (alert->state == ALERT_TEST)
        return;
    buf_format(out, "In-Reply-To: <%016llx.quaywatch@%s>\r\n", thread, domain);
    buf_format(out, "References: <%016llx.quaywatch@%s>\r\n", thread, domain);
}

static void put_head(struct buf *out, struct message *ret, const struct channels_config *config,
                     const struct alert *alert, int64_t now_wall_ms)
{
    struct arena *arena = &ret->arena;
    const char *name, *address;
    char date[MAIL_DATE];
    split_sender(arena, config, &name, &address);
    ret->mail_from = address;
    ret->mail_to = split_receivers(arena, config->email_to);
    mail_date(now_wall_ms, date);
    buf_format(out, "Date: %s\r\n", date);
    mail_address_header(out, "From", name, address);
    for (size_t i = 0; ret->mail_to[i]; i++)
        buf_format(out, "%s<%s>%s", i ? " " : "To: ", ret->mail_to[i],
                   ret->mail_to[i + 1] ? ",\r\n" : "\r\n");
    const char *state = alert->state == ALERT_REMINDER ? "reminder, " : "";
    const char *subject = arena_format(arena, "[%s%s] %s", state, words_level(alert), alert->title);
    mail_header(out, "Subject", words_cut_line(arena, subject, SUBJECT_MAX));
    put_ids(out, alert, address, now_wall_ms);
    buf_text(out, "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
                  "Content-Transfer-Encoding: quoted-printable\r\nAuto-Submitted: auto-generated\r\n");
    if (alert->state != ALERT_RESOLVED && alert->state != ALERT_TEST && alert->severity >= SEVERITY_CRITICAL)
        buf_text(out, "Importance: high\r\n");
}

static void put_line(struct buf *out, const char *name, const char *value)
{
    if (value[0])
        buf_format(out, "%-10s %s\n", name, value);
}

static void put_body(struct buf *out, struct arena *arena, const struct alert *alert)
{
    struct buf text;
    char time[32];
    buf_init(&text, MAIL_MAX);
    buf_format(&text, "%s\n\n%s\n\n", words_cut_line(arena, alert->title, ALERT_TEXT_MAX),
               text_trim(words_cut(arena, alert->sentence, ALERT_SENTENCE_MAX)));
    const char *victims = words_victims(arena, alert, VICTIMS_NAMED);
    put_line(&text, "Affected:", words_cut_line(arena, victims, MAIL_MAX / 4));
    put_line(&text, "State:",
             arena_format(arena, "%s, %s", alert_state_name[alert->state], severity_name[alert->severity]));
    put_line(&text, "Service:", words_cut_line(arena, alert->service, ALERT_TEXT_MAX));
    put_line(&text, "Container:", words_cut_line(arena, alert->container, ALERT_TEXT_MAX));
    put_line(&text, "Project:", words_cut_line(arena, alert->project, ALERT_TEXT_MAX));
    if (alert->since_wall_ms) {
        text_format_time(alert->since_wall_ms, time);
        put_line(&text, "Since:", time);
    }
    if (alert->at_wall_ms) {
        text_format_time(alert->at_wall_ms, time);
        put_line(&text, "At:", time);
    }
    put_line(&text, "Host:", words_cut_line(arena, alert->host, ALERT_TEXT_MAX));
    put_line(&text, "Page:", words_cut_line(arena, alert->url, ALERT_TEXT_MAX));
    mail_quoted_printable(out, buf_string(&text));
    buf_free(&text);
}

void channel_email(const struct channels_config *config, const struct telling *telling, struct message *ret)
{
    struct alert alert = message_alert(ret, telling);
    const char *url = config->url[CHANNEL_EMAIL];
    struct buf out;
    buf_init(&out, MAIL_MAX);
    put_head(&out, ret, config, &alert, telling->now_wall_ms);
    buf_text(&out, "\r\n");
    put_body(&out, &ret->arena, &alert);
    ret->url = arena_copy(&ret->arena, url);
    ret->body = arena_copy_n(&ret->arena, buf_string(&out), out.len);
    ret->body_len = out.len;
    ret->mail_security = config->email_security;
    if (ret->mail_security == MAIL_AUTO && has_password(url))
        ret->mail_security = MAIL_REQUIRED;
    buf_free(&out);
}
