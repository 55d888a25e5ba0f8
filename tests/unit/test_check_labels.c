/* SPDX-License-Identifier: MIT */
/* test_check_labels.c: what the labels of a check become: ports by name, the name in a certificate, units,
 * gRPC. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/support/container_builder.h"

static void ports_by_name(void **state)
{
    (void)state;
    static const struct {
        const char *labels[9];
        int port, health_port;
        const char *finding;
    } rows[] = {
        {{"service.port", "80", "service.port.admin", "9090", "service.health.port", "admin"},
         80,
         9090,
         NULL},
        {{"service.port", "80", "service.health.port", "9091"}, 80, 9091, NULL},
        {{"service.port.http", "80", "service.port.admin", "9090", "service.health.port", "admin"},
         80,
         9090,
         NULL},
        {{"service.port", "80", "service.port.9", "9090", "service.health.port", "9"}, 80, 9090, NULL},
        {{"service.port", "80", "service.health.port", "admin"},
         80,
         0,
         "a port from 1 to 65535 or the name of a service.port.<name>"},
        {{"service.port", "80", "service.port.admin", "x", "service.health.port", "admin"}, 80, 0, "admin"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct spec *spec = resolve(rows[i].labels);
        assert_int_equal(spec->port, rows[i].port);
        assert_int_equal(spec->health_port, rows[i].health_port);
        if (rows[i].finding)
            assert_non_null(strstr(spec->findings.item[spec->findings.count - 1].sentence, rows[i].finding));
        else
            assert_int_equal(spec->findings.count, 0);
        spec_free(spec);
    }
}

static void certificates(void **state)
{
    (void)state;
    static const struct {
        const char *labels[13];
        bool verify;
        const char *name, *finding; /* NULL: none at all */
    } rows[] = {
#define HTTPS "service.port", "443", "service.protocol", "https"
        {{HTTPS, "service.health.path", "/up"}, false, NULL, "tls-not-verified"},
        {{HTTPS}, false, NULL, NULL}, /* an unasked-for check promises nothing */
        {{HTTPS, "service.health.check", "none"}, false, NULL, NULL},
        {{HTTPS, "service.health.check", "tcp"}, false, NULL, NULL},
        {{HTTPS, "service.health.check", "grpc"}, false, NULL, "tls-not-verified"},
        {{HTTPS, "service.health.path", "/up", "service.health.tls_verify", "true"}, true, NULL, NULL},
        {{HTTPS, "service.health.path", "/up", "service.health.tls_verify", "true", "service.health.tls_name",
          "a.example.com"},
         true,
         "a.example.com",
         NULL},
        {{HTTPS, "service.health.header.host", "b.example.com:8443", "service.health.tls_verify", "yes"},
         true,
         "b.example.com",
         NULL},
        {{HTTPS, "service.health.header.Host", "b.example.com", "service.health.tls_verify", "1",
          "service.health.tls_name", "a.example.com"},
         true,
         "a.example.com",
         NULL},
        {{HTTPS, "service.health.header.Host", "not a host", "service.health.tls_verify", "1"},
         true,
         NULL,
         NULL},
        {{HTTPS, "service.health.path", "/up", "service.health.tls_verify", "1", "service.health.tls_name",
          "a/../b"},
         true,
         NULL,
         "invalid-value"},
        {{"service.port", "80", "service.health.path", "/up", "service.health.tls_verify", "true"},
         true,
         NULL,
         "tls-not-used"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct spec *spec = resolve(rows[i].labels);
        assert_int_equal(spec->tls_verify, rows[i].verify);
        assert_int_equal(spec->tls_name != NULL, rows[i].name != NULL);
        if (rows[i].name)
            assert_string_equal(spec->tls_name, rows[i].name);
        if (rows[i].finding)
            assert_non_null(finding(spec, rows[i].finding));
        else
            assert_int_equal(spec->findings.count, 0);
        spec_free(spec);
    }
}

static void units_as_systemctl_takes_them(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"nginx", "nginx.service"},
        {"nginx.service", "nginx.service"},
        {"a.b", "a.b.service"},
        {"backup.timer", "backup.timer"},
        {"getty@tty1", "getty@tty1.service"},
        {"dev-sda1.swap", "dev-sda1.swap"},
        {"a b", NULL},
        {"../x", NULL},
        {"@x", NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *labels[] = {"service.health.unit", rows[i][0], NULL};
        struct spec *spec = resolve(labels);
        assert_int_equal(finding(spec, "invalid-value") != NULL, rows[i][1] == NULL);
        assert_int_equal(spec->check, rows[i][1] ? CHECK_SYSTEMD : CHECK_NONE);
        if (rows[i][1])
            assert_string_equal(spec->health_unit, rows[i][1]);
        spec_free(spec);
    }
}

static void grpc_is_asked_for(void **state)
{
    (void)state;
    static const struct {
        const char *labels[9];
        enum check_kind check;
        const char *service;
    } rows[] = {
        {{"service.port", "50051", "service.health.check", "grpc"}, CHECK_GRPC, NULL},
        {{"service.port", "50051", "service.health.grpc_service", "shop.Cart"}, CHECK_GRPC, "shop.Cart"},
        {{"service.health.check", "grpc"}, CHECK_NONE, NULL}, /* without a port: incomplete-check */
        {{"service.port", "50051", "service.protocol", "grpc"}, CHECK_NONE, NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct spec *spec = resolve(rows[i].labels);
        assert_int_equal(spec->check, rows[i].check);
        if (rows[i].service)
            assert_string_equal(spec->grpc_service, rows[i].service);
        else
            assert_null(spec->grpc_service);
        spec_free(spec);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ports_by_name),
        cmocka_unit_test(certificates),
        cmocka_unit_test(units_as_systemctl_takes_them),
        cmocka_unit_test(grpc_is_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
