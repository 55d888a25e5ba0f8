/* SPDX-License-Identifier: MIT */
/* options_alerts.c: what the settings of the alert channels must look like, alone and together. */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "controller/core/error.h"
#include "controller/core/text.h"
#include "controller/settings/options.h"
#include "controller/settings/options_table.h"

enum { ADDRESS_MAX = 254 /* RFC 5321 4.5.3.1.3 */, NAME_MAX_BYTES = 128, TOPIC_MAX = 64, ADDRESSES_MAX = 32 };

/* What travels in a URL: printable ASCII without blanks. */
static bool is_printable(const char *text)
{
    for (; *text; text++)
        if (*text <= ' ' || *text > '~')
            return false;
    return true;
}

/* Where the path begins in a URL of one of the schemes, NULL when it is none or has no host. */
static const char *url_path(const char *text, const char *plain, const char *secure)
{
    size_t scheme = strncmp(text, plain, strlen(plain)) == 0     ? strlen(plain)
                    : strncmp(text, secure, strlen(secure)) == 0 ? strlen(secure)
                                                                 : 0;
    if (!scheme || !is_printable(text))
        return NULL;
    const char *end = text + scheme + strcspn(text + scheme, "/?#"), *host = text + scheme;
    for (const char *at; (at = memchr(host, '@', (size_t)(end - host)));)
        host = at + 1;
    return host < end && *host != ':' ? end : NULL;
}

bool option_is_url(const char *text)
{
    return url_path(text, "http://", "https://") != NULL;
}

bool option_is_topic(const char *text)
{
    const char *path = url_path(text, "http://", "https://"), *slash = path ? strrchr(path, '/') : NULL;
    size_t length = slash ? strlen(slash + 1) : 0;
    return length > 0 && length <= TOPIC_MAX &&
           strspn(slash + 1, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") == length;
}

bool option_is_mail_server(const char *text)
{
    const char *path = url_path(text, "smtp://", "smtps://");
    return path && (!*path || strcmp(path, "/") == 0);
}

/* name@host in the first length bytes. */
static bool is_address(const char *text, size_t length)
{
    const char *at = memchr(text, '@', length);
    size_t host = at ? length - (size_t)(at + 1 - text) : 0;
    if (!at || at == text || host == 0 || length > ADDRESS_MAX || memchr(at + 1, '@', host))
        return false;
    for (size_t i = 0; i < length; i++)
        if (text[i] <= ' ' || text[i] > '~' || strchr("<>()[]\\,;:\"", text[i]))
            return false;
    return at[1] != '.' && text[length - 1] != '.';
}

bool option_is_sender(const char *text)
{
    const char *open = strchr(text, '<');
    if (!open)
        return is_address(text, strlen(text));
    size_t name = (size_t)(open - text);
    for (size_t i = 0, length; i < name; i += length) {
        length = text_utf8_length(text + i);
        if (!length || iscntrl((unsigned char)text[i]))
            return false;
    }
    const char *close = strchr(open, '>');
    return name <= NAME_MAX_BYTES && close && !close[1] && is_address(open + 1, (size_t)(close - open - 1));
}

bool option_is_addresses(const char *text)
{
    for (unsigned count = 1;; count++) {
        text += strspn(text, " ");
        size_t length = strcspn(text, ","), used = length;
        while (used && text[used - 1] == ' ')
            used--;
        if (!is_address(text, used) || count > ADDRESSES_MAX)
            return false;
        if (!text[length])
            return true;
        text += length + 1;
    }
}

int option_check_alerts(const struct options *options, struct error *err)
{
    const struct {
        const char *key, *value, *needs, *needed;
    } pair[] = {
        {"ALERT_GOTIFY", options->alert_gotify, "ALERT_GOTIFY_TOKEN", options->alert_gotify_token},
        {"ALERT_GOTIFY_TOKEN", options->alert_gotify_token, "ALERT_GOTIFY", options->alert_gotify},
        {"ALERT_NTFY_TOKEN", options->alert_ntfy_token, "ALERT_NTFY", options->alert_ntfy},
        {"ALERT_EMAIL", options->alert_email, "ALERT_EMAIL_TO", options->alert_email_to},
        {"ALERT_EMAIL_TO", options->alert_email_to, "ALERT_EMAIL", options->alert_email},
    };
    for (size_t i = 0; i < sizeof pair / sizeof *pair; i++)
        if (pair[i].value[0] && !pair[i].needed[0])
            return error_set(err, -EINVAL, "%s is set, but %s is not; both are needed", pair[i].key,
                             pair[i].needs);
    return 0;
}
