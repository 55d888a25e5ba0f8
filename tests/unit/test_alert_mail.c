/* SPDX-License-Identifier: MIT */
/* test_alert_mail.c: mails as RFC 5322, 2045 and 2047 want them, whatever text is in them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/buf.h"
#include "exporter/alerts/channel.h"
#include "exporter/alerts/mail_text.h"

static const int64_t now_ms = 1795343470000;

static const struct alert unhealthy = {
    .id = "service-unhealthy:name:-:db",
    .name = "service-unhealthy",
    .state = ALERT_FIRING,
    .severity = SEVERITY_CRITICAL,
    .service = "db",
    .container = "",
    .project = "",
    .title = "db is unhealthy",
    .sentence = "Connection refused.",
    .since_wall_ms = 1795343400123,
    .at_wall_ms = 1795343460000,
    .host = "node-1",
    .url = "",
};

static struct channels_config config_to(const char *from, const char *to)
{
    return (struct channels_config){.url = {[CHANNEL_EMAIL] = "smtp://mail.example"},
                                    .email_from = from,
                                    .email_to = to,
                                    .host = "node-1"};
}

static struct message render(const struct channels_config *config, const struct alert *alert)
{
    struct message message = {0};
    const struct telling telling = {.item = &alert, .count = 1, .now_wall_ms = now_ms};
    channel_email(config, &telling, &message);
    return message;
}

static void a_whole_mail(void **state)
{
    (void)state;
    const struct channels_config config = config_to("", "ops@example.org, boss@example.org");
    struct message message = render(&config, &unhealthy);
    assert_string_equal(message.mail_from, "quaywatch@node-1");
    assert_string_equal(message.mail_to[0], "ops@example.org");
    assert_string_equal(message.mail_to[1], "boss@example.org");
    assert_null(message.mail_to[2]);
    assert_null(message.method);
    char *thread = strstr(message.body, "References: <");
    assert_non_null(thread);
    char id[64];
    snprintf(id, sizeof id, "%.16s", thread + strlen("References: <"));
    char expected[2048];
    snprintf(expected, sizeof expected,
             "Date: Sun, 22 Nov 2026 10:31:10 +0000\r\n"
             "From: <quaywatch@node-1>\r\n"
             "To: <ops@example.org>,\r\n"
             " <boss@example.org>\r\n"
             "Subject: [critical] db is unhealthy\r\n"
             "Message-ID: <%s.firing.1795343470000@node-1>\r\n"
             "In-Reply-To: <%s.quaywatch@node-1>\r\n"
             "References: <%s.quaywatch@node-1>\r\n"
             "MIME-Version: 1.0\r\n"
             "Content-Type: text/plain; charset=utf-8\r\n"
             "Content-Transfer-Encoding: quoted-printable\r\n"
             "Auto-Submitted: auto-generated\r\n"
             "Importance: high\r\n"
             "\r\n"
             "db is unhealthy\r\n"
             "\r\n"
             "Connection refused.\r\n"
             "\r\n"
             "State:     firing, critical\r\n"
             "Service:   db\r\n"
             "Since:     2026-11-22T10:30:00.123Z\r\n"
             "At:        2026-11-22T10:31:00.000Z\r\n"
             "Host:      node-1\r\n",
             id, id, id);
    assert_string_equal(message.body, expected);
    message_free(&message);
}

/* The value of a header as it stands, folds and all, up to its line end. */
static char *header_of(const struct message *message, const char *name)
{
    char *line = mem_format("\r\n%s: ", name);
    char *at = strstr(message->body, line);
    assert_non_null(at);
    if (!at) /* for the analyzer, which takes it for possible still */
        return line;
    at += strlen(line);
    char *end = at;
    while ((end = strstr(end, "\r\n")) && (end[2] == ' ' || end[2] == '\t'))
        end += 2;
    free(line);
    return mem_format("%.*s", (int)(end - at), at);
}

static void one_trouble_is_one_thread(void **state)
{
    (void)state;
    const struct channels_config config = config_to("watch@example.org", "ops@example.org");
    struct alert resolved = unhealthy, other = unhealthy;
    resolved.state = ALERT_RESOLVED;
    other.id = "another";
    struct message first = render(&config, &unhealthy), last = render(&config, &resolved);
    struct message stranger = render(&config, &other);
    char *thread[3] = {header_of(&first, "References"), header_of(&last, "References"),
                       header_of(&stranger, "References")};
    char *id[2] = {header_of(&first, "Message-ID"), header_of(&last, "Message-ID")};
    assert_string_equal(thread[0], thread[1]);
    assert_string_not_equal(thread[0], thread[2]);
    assert_string_not_equal(id[0], id[1]);
    assert_non_null(strstr(id[0], "@example.org>"));
    for (int i = 0; i < 3; i++)
        free(thread[i]);
    free(id[0]);
    free(id[1]);
    message_free(&first);
    message_free(&last);
    message_free(&stranger);
}

/* Whether every line is at most 78 characters and ASCII, and ends with CRLF. */
static void assert_lines(const char *mail)
{
    size_t length = 0;
    for (const char *at = mail; *at; at++) {
        if (at[0] == '\r' && at[1] == '\n') {
            at++;
            length = 0;
            continue;
        }
        assert_true((*at >= ' ' && *at <= '~') || *at == '\t');
        if (++length > 78)
            fail_msg("a long line: %.80s", at - 78);
    }
    assert_int_equal(length, 0);
}

static void no_text_becomes_a_header(void **state)
{
    (void)state;
    const struct channels_config config = config_to("Quay \"W\" <watch@example.org>", "ops@example.org");
    static const char *const titles[] = {
        "x\r\nBcc: evil@example.org\r\n\r\nbody", "x\nBcc: evil@example.org", "x\rBcc: evil@example.org",
        "=?utf-8?B?AAAA?= Bcc: evil@example.org", "\x01\x1b[31m\x7f\xc2\x85", "\xff\xfe\xc3",
    };
    for (size_t i = 0; i < sizeof titles / sizeof *titles; i++) {
        struct alert alert = unhealthy;
        alert.title = alert.sentence = alert.service = alert.id = alert.host = titles[i];
        struct message message = render(&config, &alert);
        char *head_end = strstr(message.body, "\r\n\r\n");
        assert_non_null(head_end);
        *head_end = '\0';
        assert_null(strstr(message.body, "\nBcc:"));
        *head_end = '\r';
        assert_lines(message.body);
        message_free(&message);
    }
}

static void long_foreign_subjects_are_encoded(void **state)
{
    (void)state;
    const struct channels_config config = config_to("Wächter <watch@example.org>", "ops@example.org");
    struct alert alert = unhealthy;
    alert.title = "ÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜ is down";
    struct message message = render(&config, &alert);
    char *subject = header_of(&message, "Subject"), *from = header_of(&message, "From");
    /* Words of 36 (behind the name) and 45 bytes, none of which cuts a letter. */
    assert_string_equal(subject,
                        "=?utf-8?B?W2NyaXRpY2FsXSDDnMOcw5zDnMOcw5zDnMOcw5zDnMOcw5w=?=\r\n"
                        " =?utf-8?B?w5zDnMOcw5zDnMOcw5zDnMOcw5zDnMOcw5zDnMOcw5zDnMOcw5zDnMOcw5w=?=\r\n"
                        " =?utf-8?B?w5zDnMOcw5zDnMOcIGlzIGRvd24=?=");
    assert_string_equal(from, "=?utf-8?B?V8OkY2h0ZXI=?=\r\n <watch@example.org>");
    assert_lines(message.body);
    free(subject);
    free(from);
    message_free(&message);
}

static char *header(const char *text)
{
    struct buf out;
    buf_init(&out, 8192);
    mail_header(&out, "Subject", text);
    return buf_take(&out, NULL);
}

static void long_plain_subjects_are_folded(void **state)
{
    (void)state;
    char *text = header("one two three four five six seven eight nine ten eleven twelve thirteen fourteen");
    assert_string_equal(text, "Subject: one two three four five six seven eight nine ten eleven twelve\r\n"
                              " thirteen fourteen\r\n");
    free(text);
    text = header("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
    assert_ptr_equal(strstr(text, "=?utf-8?B?"), text + strlen("Subject: ")); /* it cannot be folded */
    assert_lines(text);
    free(text);
    text = header("");
    assert_string_equal(text, "Subject: \r\n");
    free(text);
}

static void bodies_are_quoted(void **state)
{
    (void)state;
    static const struct {
        const char *text, *quoted;
    } pair[] = {
        {"plain", "plain\r\n"},
        {"a = b", "a =3D b\r\n"},
        {"blank \nend\t", "blank=20\r\nend=09\r\n"},
        {".\n..\na.b", "=2E\r\n=2E.\r\na.b\r\n"},
        {"é\x01", "=C3=A9=01\r\n"},
        {"a\r\nb", "a=0D\r\nb\r\n"},
        {"0123456789012345678901234567890123456789012345678901234567890123456789012345678",
         "012345678901234567890123456789012345678901234567890123456789012345678901234=\r\n5678\r\n"},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof pair / sizeof *pair; i++) {
        struct buf out;
        buf_init(&out, 8192);
        mail_quoted_printable(&out, pair[i].text);
        assert_string_equal(buf_string(&out), pair[i].quoted);
        buf_free(&out);
    }
}

static void passwords_want_encryption(void **state)
{
    (void)state;
    static const struct {
        const char *url;
        enum mail_security set, meant;
    } row[] = {
        {"smtp://mail.example:25", MAIL_AUTO, MAIL_AUTO},
        {"smtp://user@mail.example:25", MAIL_AUTO, MAIL_AUTO},
        {"smtp://user:word@mail.example", MAIL_AUTO, MAIL_REQUIRED},
        {"smtp://user:w%40rd@[::1]:25", MAIL_AUTO, MAIL_REQUIRED},
        {"smtp://[::1]:25", MAIL_AUTO, MAIL_AUTO},
        {"smtp://user:word@mail.example", MAIL_OFF, MAIL_OFF},
        {"smtp://mail.example", MAIL_REQUIRED, MAIL_REQUIRED},
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        struct channels_config config = config_to("", "ops@example.org");
        config.url[CHANNEL_EMAIL] = row[i].url;
        config.email_security = row[i].set;
        config.host = "10.0.0.1_odd";
        struct message message = render(&config, &unhealthy);
        assert_int_equal(message.mail_security, row[i].meant);
        assert_string_equal(message.mail_from, "quaywatch@localhost");
        assert_null(strstr(message.body, "word"));
        message_free(&message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_mail),
        cmocka_unit_test(one_trouble_is_one_thread),
        cmocka_unit_test(no_text_becomes_a_header),
        cmocka_unit_test(long_foreign_subjects_are_encoded),
        cmocka_unit_test(long_plain_subjects_are_folded),
        cmocka_unit_test(bodies_are_quoted),
        cmocka_unit_test(passwords_want_encryption),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
