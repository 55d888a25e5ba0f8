/* sample_template.h: rendering templates in tests. */
#ifndef QUAYWATCH_TESTS_SAMPLE_TEMPLATE_H
#define QUAYWATCH_TESTS_SAMPLE_TEMPLATE_H

#include "exporter/templates/template.h"
#include "tests/support/sample_registry.h"

/* *state becomes sample_registry with more: "database" (alias "db-alias", metadata, tags), "my.db", "gone"
 * (serves nothing), "six" (IPv6, no port). */
int sample_template_setup(void **state);
int sample_template_teardown(void **state);

/* Renders text under that name; given: "NAME", "VALUE", …, NULL, or NULL. The environment has
 * FROM_ENVIRONMENT, "e", and A. Returns what it makes, or its error; freed by the caller. */
char *sample_render(struct registry *registry, const char *name, const char *text, const char *const *given,
                    int *ret_code);

/* Fails the test unless the template makes exactly that; or unless it fails with that code and a sentence
 * with that part. */
void expect_made(struct registry *registry, const char *name, const char *text, const char *const *given,
                 const char *wanted);
void expect_refused(struct registry *registry, const char *name, const char *text, const char *const *given,
                    int code, const char *part);

#endif
