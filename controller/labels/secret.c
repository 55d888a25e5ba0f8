/* SPDX-License-Identifier: MIT */
/* secret.c: the words and forms by which people and machines write secrets. */
#include "controller/labels/secret.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

/* A word ends where letters and digits end, and where a capital follows a small letter: "dbPassword". */
static size_t word_length(const char *text)
{
    size_t length = 0;
    while (isalnum((unsigned char)text[length]) &&
           !(length && isupper((unsigned char)text[length]) && islower((unsigned char)text[length - 1])))
        length++;
    return length;
}

static bool is_word(const char *text, size_t length, const char *word)
{
    return strlen(word) == length && strncasecmp(text, word, length) == 0;
}

/* Whether the words that end here name a secret: "password", or "key" behind "api". */
static bool names_secret(const char *before, size_t before_length, const char *word, size_t length)
{
    static const char *const alone[] = {"password", "passwd",      "pwd",        "passphrase", "secret",
                                        "token",    "credentials", "credential", "apikey",     "secretkey"};
    static const char *const keys[] = {"api", "private", "access", "secret", "signing", "encryption", "auth"};
    for (size_t i = 0; i < sizeof alone / sizeof *alone; i++)
        if (is_word(word, length, alone[i]))
            return true;
    for (size_t i = 0; is_word(word, length, "key") && i < sizeof keys / sizeof *keys; i++)
        if (is_word(before, before_length, keys[i]))
            return true;
    return false;
}

/* Only the last word counts: "secret_name" and "token_limit" are about secrets, and none. */
static bool key_names_secret(const char *key)
{
    const char *before = "", *word = "";
    size_t before_length = 0, length = 0;
    for (const char *at = key; *at;) {
        size_t next = word_length(at);
        if (!next) {
            at++;
            continue;
        }
        before = word;
        before_length = length;
        word = at;
        length = next;
        at += next;
    }
    return names_secret(before, before_length, word, length);
}

/* What no secret is: nothing, a switch, a path to one, a reference that others fill in. */
static bool is_plain(const char *value)
{
    static const char *const words[] = {"true", "false", "yes", "no",      "none",
                                        "null", "off",   "on",  "required"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcasecmp(value, words[i]) == 0)
            return true;
    return *value == '\0' || *value == '/' || strncmp(value, "${", 2) == 0;
}

/* scheme://user:password@host */
static bool has_userinfo(const char *value)
{
    for (const char *at = value; (at = strstr(at, "://")); at++) {
        const char *authority = at + 3;
        size_t length = strcspn(authority, "/?# \t");
        const char *end = memchr(authority, '@', length);
        const char *colon = end ? memchr(authority, ':', (size_t)(end - authority)) : NULL;
        if (colon && colon + 1 < end)
            return true;
    }
    return false;
}

/* "…;password=x", "?api_key=x": a word that names a secret, and a value given to it. */
static bool assigns_secret(const char *value)
{
    for (const char *at = value; (at = strchr(at, '=')); at++) {
        const char *from = at;
        while (from > value && (isalnum((unsigned char)from[-1]) || from[-1] == '_' || from[-1] == '-'))
            from--;
        char name[40];
        size_t length = (size_t)(at - from);
        if (!length || length >= sizeof name || !isgraph((unsigned char)at[1]) || at[1] == '=')
            continue;
        memcpy(name, from, length);
        name[length] = '\0';
        if (strcasecmp(name, "key") == 0 || key_names_secret(name))
            return true;
    }
    return false;
}

/* The beginnings that well-known services gave their tokens so that they are found; behind them at least so
 * many more letters and digits. */
static bool has_known_form(const char *value)
{
    static const struct {
        const char *begin;
        size_t more;
    } forms[] = {{"ghp_", 30},  {"gho_", 30},  {"github_pat_", 20}, {"glpat-", 16},
                 {"xoxb-", 16}, {"xoxp-", 16}, {"sk-", 20},         {"sk_live_", 16},
                 {"AKIA", 16},  {"AIza", 30},  {"Bearer ", 16},     {"eyJ", 30}};
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        size_t length = strlen(forms[i].begin), more = 0;
        if (strncmp(value, forms[i].begin, length) != 0)
            continue;
        while (isalnum((unsigned char)value[length + more]) ||
               (value[length + more] && strchr("_-.+/=", value[length + more])))
            more++;
        if (more >= forms[i].more && value[length + more] == '\0')
            return true;
    }
    return strstr(value, "-----BEGIN ") && strstr(value, "PRIVATE KEY");
}

bool secret_likely(const char *key, const char *value)
{
    return (key_names_secret(key) && !is_plain(value)) || has_userinfo(value) || assigns_secret(value) ||
           has_known_form(value);
}
