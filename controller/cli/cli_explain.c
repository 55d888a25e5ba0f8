/* SPDX-License-Identifier: MIT */
/* cli_explain.c: `quaywatch explain`: why it is registered, checked and healed as it is, as aligned text. */
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controller/cli/cli.h"
#include "controller/cli/cli_client.h"
#include "controller/cli/cli_read.h"
#include "controller/core/text.h"

/* One block of lines under a title, which stands before its first line. */
struct block {
    const char *title;
    bool begun;
};

/* The left edge of the next line of a block. */
static void line(struct block *block)
{
    printf("  %-11s ", block->begun ? "" : block->title);
    block->begun = true;
}

static const char *duration(json_object *object, const char *key, char ret[static 24])
{
    text_format_duration(read_number(object, key), ret);
    return ret;
}

static void print_decision(json_object *decision)
{
    char reason[READ_LINE], sentence[READ_LINE], next[32];
    struct block block = {.title = "Decision"};
    line(&block);
    printf("%s (%s): %s\n", read_text(decision, "action"), read_line(decision, "reason", reason),
           read_line(decision, "sentence", sentence));
    if (read_time(decision, "next_at", next)[0]) {
        line(&block);
        printf("looks again at %s\n", next);
    }
}

static void print_check(json_object *check)
{
    char text[READ_LINE], time[32], one[24], two[24], three[24];
    struct block block = {.title = "Check"};
    bool none = strcmp(read_text(check, "check"), "none") == 0;
    line(&block);
    printf("%s %s%s\n", read_text(check, "check"), read_line(check, "target", text),
           read_bool(check, "implicit") ? " (no label asks for it)" : "");
    if (!none) {
        line(&block);
        printf(
            "every %s, timeout %s, start period %s; unhealthy after %s failures, healthy after %s passes\n",
            duration(check, "interval_ms", one), duration(check, "timeout_ms", two),
            duration(check, "start_period_ms", three), read_text(check, "retries"),
            read_text(check, "successes"));
    }
    if (read_line(check, "message", text)[0]) {
        line(&block);
        printf("%s", text);
        if (read_text(check, "error_class")[0])
            printf(" (%s)", read_text(check, "error_class"));
        if (read_number(check, "consecutive_failures"))
            printf(", %s failed in a row", read_text(check, "consecutive_failures"));
        putchar('\n');
    }
    size_t count;
    json_object *results = read_list(check, "last_results", &count);
    struct block last = {.title = "Last checks"};
    for (size_t i = count; i > 0; i--) {
        json_object *result = json_object_array_get_idx(results, i - 1);
        line(&last);
        printf("%s  %-15s %-4s %8.1f ms\n", read_time(result, "at", time), read_text(result, "outcome"),
               read_text(result, "http_status"),
               json_object_get_double(json_object_object_get(result, "response_time_ms")));
    }
}

/* A time that is there, behind its words. */
static void print_time(const char *words, json_object *object, const char *key)
{
    char time[32];
    if (read_time(object, key, time)[0])
        printf(", %s %s", words, time);
}

static const char *times(int64_t count, char ret[static 32])
{
    snprintf(ret, 32, "%lld time%s", (long long)count, count == 1 ? "" : "s");
    return ret;
}

static void print_budget(json_object *budget)
{
    char text[READ_LINE], window[24], number[32];
    struct block block = {.title = "Budget"};
    line(&block);
    printf("policy %s; %s of %s restarts left, given back after %s in health", read_text(budget, "policy"),
           read_text(budget, "restarts_left"), read_text(budget, "max"),
           duration(budget, "window_ms", window));
    print_time("backoff ends", budget, "backoff_ends_at");
    print_time("failed since", budget, "failed_since");
    print_time("next trial", budget, "next_trial_at");
    putchar('\n');
    if (!read_number(budget, "count"))
        return;
    line(&block);
    printf("restarted %s in all, last because of: %s", times(read_number(budget, "count"), number),
           read_line(budget, "last_reason", text));
    print_time("at", budget, "last_at");
    putchar('\n');
}

static void print_last_stop(json_object *stop)
{
    char time[32];
    struct block block = {.title = "Last stop"};
    line(&block);
    if (stop)
        printf("%s, exit code %s, %s\n", read_text(stop, "intent"), read_text(stop, "exit_code"),
               read_time(stop, "at", time));
    else
        puts("none seen");
}

static void print_ladder(json_object *instance)
{
    char sentence[READ_LINE], ends[32];
    struct block block = {.title = "Ladder"};
    size_t count;
    json_object *rows = read_list(instance, "ladder", &count);
    for (size_t i = 0; i < count; i++) {
        json_object *row = json_object_array_get_idx(rows, i);
        line(&block);
        printf("%-3s %-17s %s", read_bool(row, "holds") ? "yes" : "no", read_text(row, "hold"),
               read_line(row, "sentence", sentence));
        if (read_time(row, "ends_at", ends)[0])
            printf(" (ends %s)", ends);
        putchar('\n');
    }
}

static void print_decisions(json_object *instance)
{
    char reason[READ_LINE], sentence[READ_LINE], container[READ_LINE], time[32];
    struct block block = {.title = "Decisions"};
    size_t count;
    json_object *list = read_list(instance, "decisions", &count);
    for (size_t i = 0; i < count; i++) {
        json_object *past = json_object_array_get_idx(list, i);
        bool elsewhere = strcmp(read_text(past, "container"), read_text(instance, "container")) != 0;
        line(&block);
        printf("%s  %-4s %-17s %s", read_time(past, "at", time), read_text(past, "action"),
               read_line(past, "reason", reason), read_line(past, "sentence", sentence));
        if (elsewhere)
            printf(" [%s]", read_line(past, "container", container));
        putchar('\n');
    }
}

static void print_fields(json_object *instance)
{
    char value[READ_LINE], source[READ_LINE];
    struct block block = {.title = "Fields"};
    size_t count;
    json_object *list = read_list(instance, "fields", &count);
    for (size_t i = 0; i < count; i++) {
        json_object *field = json_object_array_get_idx(list, i);
        line(&block);
        printf("%-26s %-24s %s\n", read_text(field, "field"), read_line(field, "value", value),
               read_line(field, "source", source));
    }
}

static void print_findings(json_object *instance)
{
    char sentence[READ_LINE];
    struct block block = {.title = "Findings"};
    size_t count;
    json_object *list = read_list(instance, "findings", &count);
    for (size_t i = 0; i < count; i++) {
        json_object *finding = json_object_array_get_idx(list, i);
        line(&block);
        printf("%-24s %s\n", read_text(finding, "code"), read_line(finding, "sentence", sentence));
    }
}

static void print_instance(json_object *instance)
{
    char container[READ_LINE], by[READ_LINE], since[32];
    struct block block = {.title = "Registered"};
    printf("\n%s: %s since %s, container %s is %s\n", read_line(instance, "container", container),
           read_text(instance, "status"), read_time(instance, "since", since), read_text(instance, "id"),
           read_text(instance, "container_state"));
    line(&block);
    printf("by %s", read_line(instance, "registered_by", by));
    if (read_line(instance, "never_heal", by)[0])
        printf("; never healed: %s", by);
    putchar('\n');
    print_decision(read_object(instance, "decision"));
    print_check(read_object(instance, "check"));
    print_budget(read_object(instance, "budget"));
    print_last_stop(read_object(instance, "last_stop"));
    print_ladder(instance);
    print_decisions(instance);
    print_fields(instance);
    print_findings(instance);
}

static void print_explanation(json_object *root)
{
    char name[READ_LINE], key[READ_LINE];
    if (!read_bool(root, "registered")) {
        printf("%s (%s, %s) is not registered: %s.\n", read_line(root, "container", name),
               read_text(root, "id"), read_text(root, "container_state"), read_line(root, "sentence", key));
        return;
    }
    printf("%s: %s, %s (key %s)\n", read_line(root, "service", name), read_text(root, "status"),
           read_bool(root, "serving") ? "serving" : "not serving", read_line(root, "key", key));
    size_t count;
    json_object *instances = read_list(root, "instances", &count);
    for (size_t i = 0; i < count; i++)
        print_instance(json_object_array_get_idx(instances, i));
}

int command_explain(const struct call *call)
{
    const char *name = call->argument[0];
    char *path = client_path("/api/v1/services/", name, "/explain");
    int http;
    json_object *root = read_json(call->options, path, &http);
    free(path);
    int code = root ? EXIT_FINE : EXIT_NO_ENGINE;
    if (http == 404)
        code = read_no_service(call->options, name);
    else if (root && call->flags & FLAG(JSON))
        print_json(root);
    else if (root)
        print_explanation(root);
    json_object_put(root);
    return code;
}
