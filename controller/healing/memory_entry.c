/* SPDX-License-Identifier: MIT */
/* memory_entry.c: the fields of a healing, as one table for writing and reading, and its history. */
#include "controller/healing/memory_entry.h"

#include <json-c/json.h>
#include <string.h>

#include "controller/core/hash.h"
#include "controller/core/json_writer.h"
#include "controller/core/text.h"
#include "controller/healing/history.h"

enum kind { KIND_NUMBER, KIND_COUNT, KIND_TEXT };
#define TEXT(name, field)                                                                                    \
    {                                                                                                        \
        name, KIND_TEXT, offsetof(struct healing, field), sizeof(((struct healing *)0)->field)               \
    }
#define NUMBER(name, field)                                                                                  \
    {                                                                                                        \
        name, KIND_NUMBER, offsetof(struct healing, field), 0                                                \
    }
#define COUNT(name, field)                                                                                   \
    {                                                                                                        \
        name, KIND_COUNT, offsetof(struct healing, field), 0                                                 \
    }

static const struct field {
    const char *name;
    enum kind kind;
    size_t offset, size;
} fields[] = {
    COUNT("total", total),
    COUNT("counted", counted),
    NUMBER("last_at", last_at),
    TEXT("last_reason", last_reason),
    COUNT("backoff_step", backoff_step),
    NUMBER("healthy_since", healthy_since),
    NUMBER("failed_since", failed_since),
    COUNT("trials", trials),
    NUMBER("next_trial_at", next_trial_at),
    TEXT("passed_check", passed_check),
    TEXT("image", image),
    TEXT("config_hash", config_hash),
    TEXT("intent_container", intent_container),
    NUMBER("intent_at", intent_at),
    TEXT("pending_container", pending_container),
    NUMBER("pending_at", pending_at),
    TEXT("container", container),
    NUMBER("container_at", container_at),
    NUMBER("breaker_opened_at", breaker_opened_at),
    COUNT("breaker_tripped", breaker_tripped),
    NUMBER("reacted_at", reacted_at),
    NUMBER("rolled_back", rolled_back),
    NUMBER("run_at", run_at),
    NUMBER("restarted_at", restarted_at),
    NUMBER("followed_at", followed_at),
    TEXT("followed_container", followed_container),
    COUNT("stop_exit_code", stop_exit_code),
    NUMBER("stop_at", stop_at),
    NUMBER("used_at", used_at),
};
enum { FIELDS = sizeof fields / sizeof fields[0] };

static void put_history(struct json_writer *w, const struct history *history)
{
    size_t count;
    const struct past_decision *item = history_items(history, &count);
    if (!count)
        return;
    json_key(w, "decisions");
    json_begin_array(w);
    for (size_t i = 0; i < count; i++) {
        json_begin_object(w);
        json_put_number(w, "at", item[i].at_wall_ms);
        json_put_string(w, "action", action_name[item[i].action]);
        json_put_string(w, "reason", item[i].reason);
        json_put_string(w, "sentence", item[i].sentence);
        json_put_string(w, "container", item[i].container);
        json_end_object(w);
    }
    json_end_array(w);
}

void memory_entry_render(const struct healing *healing, struct json_writer *w)
{
    json_begin_object(w);
    json_put_string(w, "key", healing->key);
    if (healing->intent)
        json_put_string(w, "intent", intent_name[healing->intent]);
    if (healing->stop_intent)
        json_put_string(w, "stop_intent", intent_name[healing->stop_intent]);
    for (size_t i = 0; i < FIELDS; i++) {
        const char *at = (const char *)healing + fields[i].offset;
        int64_t number;
        unsigned count;
        switch (fields[i].kind) {
        case KIND_NUMBER:
            memcpy(&number, at, sizeof number);
            if (number)
                json_put_number(w, fields[i].name, number);
            break;
        case KIND_COUNT:
            memcpy(&count, at, sizeof count);
            if (count)
                json_put_number(w, fields[i].name, count);
            break;
        case KIND_TEXT:
            if (at[0])
                json_put_string(w, fields[i].name, at);
            break;
        }
    }
    put_history(w, healing->history);
    json_end_object(w);
}

/* Only what came last can be new in a history, and what came first can be gone. */
static uint64_t mix_history(uint64_t hash, const struct history *history)
{
    size_t count;
    const struct past_decision *item = history_items(history, &count);
    hash = hash_words(hash, &count, sizeof count);
    if (!count)
        return hash;
    const struct past_decision *last = &item[count - 1];
    const int64_t numbers[] = {item->at_wall_ms, last->at_wall_ms, (int64_t)last->action};
    return hash_words(hash_words(hash, numbers, sizeof numbers), last->reason, strlen(last->reason));
}

/* By words: thousands of entries are looked at whenever one of them is to be written. */
uint64_t memory_entry_hash(const struct healing *healing)
{
    const unsigned words[] = {(unsigned)healing->intent, (unsigned)healing->stop_intent};
    uint64_t hash = hash_words(0, words, sizeof words);
    for (size_t i = 0; i < FIELDS; i++) {
        const char *at = (const char *)healing + fields[i].offset;
        if (fields[i].offset == offsetof(struct healing, used_at))
            continue;
        hash = (hash ^ (i + 1)) * UINT64_C(0x9e3779b97f4a7c15);
        switch (fields[i].kind) {
        case KIND_NUMBER:
            hash = hash_words(hash, at, sizeof(int64_t));
            break;
        case KIND_COUNT:
            hash = hash_words(hash, at, sizeof(unsigned));
            break;
        case KIND_TEXT:
            hash = hash_words(hash, at, strlen(at));
            break;
        }
    }
    return mix_history(hash, healing->history);
}

/* The end of the year 9999: no time of ours is later, and sums with it cannot overflow. */
static const int64_t LATEST_MS = 253402300799999;

int64_t memory_time_of(json_object *value)
{
    int64_t number = value && json_object_is_type(value, json_type_int) ? json_object_get_int64(value) : 0;
    return number < 0 || number > LATEST_MS ? 0 : number;
}

/* How much of text is whole, valid UTF-8 and fits in size bytes with its NUL: what is kept can be written and
 * read again without a change. */
static size_t whole_length(const char *text, size_t size)
{
    size_t length = 0;
    for (size_t step; text[length] && (step = text_utf8_length(text + length)) && length + step < size;)
        length += step;
    return length;
}

bool memory_text_is_whole(const char *text)
{
    return text[whole_length(text, SIZE_MAX)] == '\0';
}

static void field_read(struct healing *healing, const struct field *field, json_object *value)
{
    char *at = (char *)healing + field->offset;
    int64_t number = memory_time_of(value);
    unsigned count = number > INT32_MAX ? INT32_MAX : (unsigned)number;
    switch (field->kind) {
    case KIND_NUMBER:
        memcpy(at, &number, sizeof number);
        break;
    case KIND_COUNT:
        memcpy(at, &count, sizeof count);
        break;
    case KIND_TEXT:
        at[0] = '\0';
        if (value && json_object_is_type(value, json_type_string)) {
            size_t length = whole_length(json_object_get_string(value), field->size);
            memcpy(at, json_object_get_string(value), length);
            at[length] = '\0';
        }
        break;
    }
}

/* The place of a word in a list of names; missing words and unknown ones are the first. */
static int word_read(json_object *object, const char *key, const char *const *names, int count)
{
    json_object *value = json_object_object_get(object, key);
    for (int i = 0; value && i < count; i++)
        if (strcmp(json_object_get_string(value), names[i]) == 0)
            return i;
    return 0;
}

enum { REASON_SIZE = 48, SENTENCE_SIZE = 224, CONTAINER_SIZE = 256 };

/* A short text of an object in ret; "" when it is missing. */
static const char *text_read(json_object *object, const char *key, char *ret, size_t size)
{
    json_object *value = json_object_object_get(object, key);
    size_t length = 0;
    if (value && json_object_is_type(value, json_type_string)) {
        length = whole_length(json_object_get_string(value), size);
        memcpy(ret, json_object_get_string(value), length);
    }
    ret[length] = '\0';
    return ret;
}

static void history_read(struct healing *healing, json_object *list)
{
    size_t count = list && json_object_is_type(list, json_type_array) ? json_object_array_length(list) : 0;
    for (size_t i = 0; i < count; i++) {
        json_object *entry = json_object_array_get_idx(list, i);
        if (!entry || !json_object_is_type(entry, json_type_object))
            continue;
        char reason[REASON_SIZE], sentence[SENTENCE_SIZE], container[CONTAINER_SIZE];
        struct past_decision decision = {
            .at_wall_ms = memory_time_of(json_object_object_get(entry, "at")),
            .action = (enum action)word_read(entry, "action", action_name, ACTION_COUNT),
            .reason = text_read(entry, "reason", reason, sizeof reason),
            .sentence = text_read(entry, "sentence", sentence, sizeof sentence),
            .container = text_read(entry, "container", container, sizeof container)};
        if (decision.at_wall_ms && reason[0])
            history_add(&healing->history, &decision);
    }
}

void memory_entry_read(struct healing *healing, json_object *object)
{
    for (size_t i = 0; i < FIELDS; i++)
        field_read(healing, &fields[i], json_object_object_get(object, fields[i].name));
    healing->intent = (enum intent)word_read(object, "intent", intent_name, INTENT_COUNT);
    healing->stop_intent = (enum intent)word_read(object, "stop_intent", intent_name, INTENT_COUNT);
    history_free(healing->history);
    healing->history = NULL;
    history_read(healing, json_object_object_get(object, "decisions"));
}
