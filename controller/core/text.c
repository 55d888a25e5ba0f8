/* SPDX-License-Identifier: MIT */
/* text.c: total parsers and printers for the small values that people write. */
#include "controller/core/text.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

enum { NAME_MAX_BYTES = 63, HOST_MAX_BYTES = 253, WORD_MAX = 96 };

static const int64_t DURATION_MAX_MS = INT64_C(3650) * 24 * 3600 * 1000;
static const int64_t SECONDS_YEAR_0 = -INT64_C(62167219200), SECONDS_YEAR_1 = -INT64_C(62135596800),
                     SECONDS_YEAR_10000 = INT64_C(253402300800);

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\v' || c == '\f';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static const char *skip_blanks(const char *text)
{
    while (is_blank(*text))
        text++;
    return text;
}

/* Reads a run of digits. *ret stops at INT64_MAX / 10, which is beyond every range here. Moves *text; false
 * without a digit. */
static bool read_digits(const char **text, int64_t *ret)
{
    int64_t value = 0;
    const char *at = *text;
    for (; is_digit(*at); at++)
        value = value > INT64_MAX / 100 ? INT64_MAX / 10 : value * 10 + (*at - '0');
    if (at == *text)
        return false;
    *text = at;
    *ret = value;
    return true;
}

/* Reads ".5" behind a number: thousandths, further digits are dropped. */
static bool read_fraction(const char **text, int64_t *ret_thousandths)
{
    *ret_thousandths = 0;
    if (**text != '.')
        return true;
    const char *at = *text + 1;
    if (!is_digit(*at))
        return false;
    for (int64_t place = 100; is_digit(*at); at++, place /= 10)
        *ret_thousandths += place * (*at - '0');
    *text = at;
    return true;
}

/* The unit at *text in milliseconds, moving behind it; 0 when there is none. */
static int64_t read_unit(const char **text)
{
    static const struct {
        const char *name;
        int64_t ms;
    } unit[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {"d", 86400000}};
    for (size_t i = 0; i < sizeof unit / sizeof *unit; i++) {
        size_t length = strlen(unit[i].name);
        if (strncmp(*text, unit[i].name, length) == 0) {
            *text += length;
            return unit[i].ms;
        }
    }
    return 0;
}

int text_duration(const char *text, int64_t bare_unit_ms, int64_t *ret_ms)
{
    int64_t total = 0, before = INT64_MAX;
    text = skip_blanks(text);
    do {
        int64_t number, thousandths;
        if (!read_digits(&text, &number) || !read_fraction(&text, &thousandths))
            return -EINVAL;
        int64_t unit_ms = read_unit(&text);
        if (!unit_ms) {
            /* A bare number stands alone. */
            if (before != INT64_MAX || *skip_blanks(text))
                return -EINVAL;
            unit_ms = bare_unit_ms;
        }
        if (unit_ms >= before)
            return -EINVAL; /* "30s1m", "1m1m": more likely a slip than meant */
        before = unit_ms;
        int64_t room = DURATION_MAX_MS - total;
        total = number > room / unit_ms ? DURATION_MAX_MS + 1
                                        : total + number * unit_ms + thousandths * unit_ms / 1000;
        if (total > DURATION_MAX_MS)
            total = DURATION_MAX_MS + 1; /* the rest is read on: what is no duration stays -EINVAL */
    } while (*text && !is_blank(*text));
    if (*skip_blanks(text))
        return -EINVAL;
    if (total > DURATION_MAX_MS)
        return -ERANGE;
    *ret_ms = total;
    return 0;
}

int text_number(const char *text, int64_t min, int64_t max, int64_t *ret)
{
    text = skip_blanks(text);
    bool negative = *text == '-';
    if (negative)
        text++;
    if (!is_digit(*text))
        return -EINVAL;
    uint64_t value = 0;
    bool over = false;
    for (; is_digit(*text); text++) {
        uint64_t digit = (uint64_t)(*text - '0');
        over = over || value > (UINT64_MAX - digit) / 10;
        value = value * 10 + digit;
    }
    if (*skip_blanks(text))
        return -EINVAL;
    if (over || value > (uint64_t)INT64_MAX + negative)
        return -ERANGE;
    int64_t number = !negative ? (int64_t)value : value ? -(int64_t)(value - 1) - 1 : 0;
    if (number < min || number > max)
        return -ERANGE;
    *ret = number;
    return 0;
}

int text_bool(const char *text, bool *ret)
{
    static const char *const word[] = {"false", "true", "0", "1", "no", "yes", "off", "on"};
    text = skip_blanks(text);
    size_t length = strlen(text);
    while (length && is_blank(text[length - 1]))
        length--;
    for (size_t i = 0; i < sizeof word / sizeof *word; i++)
        if (strlen(word[i]) == length && strncasecmp(text, word[i], length) == 0) {
            *ret = i % 2;
            return 0;
        }
    return -EINVAL;
}

/* Days since 1970-01-01 of a date in the Gregorian calendar. Years begin in March here, so that the leap day
 * is the last; 400 years are always 146097 days. */
static int64_t days_of(int64_t year, int64_t month, int64_t day)
{
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t year_of_era = year - era * 400;
    int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

static int64_t month_length(int64_t year, int64_t month)
{
    static const int8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap);
}

/* Reads exactly count digits with a value from min to max. */
static bool read_field(const char **text, int count, int64_t min, int64_t max, int64_t *ret)
{
    int64_t value = 0;
    for (; count; count--, (*text)++) {
        if (!is_digit(**text))
            return false;
        value = value * 10 + (**text - '0');
    }
    *ret = value;
    return value >= min && value <= max;
}

static bool read_char(const char **text, const char *allowed)
{
    if (!**text || !strchr(allowed, **text))
        return false;
    (*text)++;
    return true;
}

/* Reads "Z" or "+02:00" as seconds. */
static bool read_offset(const char **text, int64_t *ret_s)
{
    int64_t hours, minutes;
    *ret_s = 0;
    if (read_char(text, "Zz"))
        return true;
    bool west = **text == '-';
    if (!read_char(text, "+-") || !read_field(text, 2, 0, 23, &hours) || !read_char(text, ":") ||
        !read_field(text, 2, 0, 59, &minutes))
        return false;
    *ret_s = (hours * 60 + minutes) * (west ? -60 : 60);
    return true;
}

int text_time(const char *text, int64_t *ret_wall_ms)
{
    int64_t year, month, day, hour, minute, second, thousandths, offset_s;
    text = skip_blanks(text);
    if (!read_field(&text, 4, 0, 9999, &year) || !read_char(&text, "-") ||
        !read_field(&text, 2, 1, 12, &month) || !read_char(&text, "-") ||
        !read_field(&text, 2, 1, month_length(year, month), &day) || !read_char(&text, "Tt ") ||
        !read_field(&text, 2, 0, 23, &hour) || !read_char(&text, ":") ||
        !read_field(&text, 2, 0, 59, &minute) || !read_char(&text, ":") ||
        !read_field(&text, 2, 0, 60, &second) || !read_fraction(&text, &thousandths) ||
        !read_offset(&text, &offset_s) || *skip_blanks(text))
        return -EINVAL;
    int64_t seconds = days_of(year, month, day) * 86400 + hour * 3600 + minute * 60 + second - offset_s;
    *ret_wall_ms = seconds == SECONDS_YEAR_1 && !thousandths ? 0 : seconds * 1000 + thousandths;
    return 0;
}

/* Writes value with exactly count digits and then the mark; returns the place behind. */
static char *put_field(char *at, int count, int64_t value, char mark)
{
    for (int i = count; i--; value /= 10)
        at[i] = (char)('0' + value % 10);
    at[count] = mark;
    return at + count + 1;
}

void text_format_time(int64_t wall_ms, char ret[static 32])
{
    if (wall_ms < SECONDS_YEAR_0 * 1000)
        wall_ms = SECONDS_YEAR_0 * 1000;
    if (wall_ms >= SECONDS_YEAR_10000 * 1000)
        wall_ms = SECONDS_YEAR_10000 * 1000 - 1;
    int64_t since_year_0 = wall_ms - SECONDS_YEAR_0 * 1000;
    int64_t in_day = since_year_0 % 86400000;
    /* The inverse of days_of, from 0000-03-01 on; January and February of year 0 lie in the era before. */
    int64_t days = since_year_0 / 86400000 - 60 + 146097;
    int64_t era = days / 146097, day_of_era = days % 146097;
    int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month_from_march = (5 * day_of_year + 2) / 153;
    int64_t month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
    int64_t year = (era - 1) * 400 + year_of_era + (month <= 2);

    char *at = put_field(ret, 4, year, '-');
    at = put_field(at, 2, month, '-');
    at = put_field(at, 2, day_of_year - (153 * month_from_march + 2) / 5 + 1, 'T');
    at = put_field(at, 2, in_day / 3600000, ':');
    at = put_field(at, 2, in_day / 60000 % 60, ':');
    at = put_field(at, 2, in_day / 1000 % 60, '.');
    at = put_field(at, 3, in_day % 1000, 'Z');
    *at = '\0';
}

void text_format_duration(int64_t ms, char ret[static 24])
{
    static const struct {
        int64_t ms;
        const char *name;
    } unit[] = {{3600000, "h"}, {60000, "m"}, {1000, "s"}, {1, "ms"}};
    size_t i = ms ? 0 : 2; /* nothing is "0s" */
    while (ms % unit[i].ms)
        i++;
    char digits[24], *end = digits + sizeof digits, *start = end;
    uint64_t number = (uint64_t)(ms < 0 ? -(ms / unit[i].ms + 1) : ms / unit[i].ms) + (ms < 0);
    do {
        *--start = (char)('0' + number % 10);
        number /= 10;
    } while (number);
    if (ms < 0)
        *--start = '-';
    size_t length = (size_t)(end - start);
    memcpy(ret, start, length);
    memcpy(ret + length, unit[i].name, strlen(unit[i].name) + 1);
}

bool text_is_name(const char *text)
{
    size_t length = 0;
    for (; text[length]; length++) {
        char c = text[length];
        if (length == NAME_MAX_BYTES || !(is_letter(c) || is_digit(c) || c == '.' || c == '_' || c == '-'))
            return false;
    }
    return length > 0;
}

bool text_is_host(const char *text)
{
    size_t length = 0;
    for (; text[length]; length++) {
        char c = text[length];
        bool word = is_letter(c) || is_digit(c) || c == '_';
        bool inner = length > 0 && (c == '-' || (c == '.' && text[length - 1] != '.'));
        if (length == HOST_MAX_BYTES || !(word || inner))
            return false;
    }
    return length > 0;
}

/* How many single changes (insert, remove, replace, swap neighbours) turn a into b, without regard to case;
 * WORD_MAX for words that are too long to care. (The optimal string alignment distance.) */
static size_t edit_distance(const char *a, const char *b)
{
    size_t rows[3][WORD_MAX], *before = rows[0], *above = rows[1], *row = rows[2], width = strlen(b);
    if (width >= WORD_MAX || strlen(a) >= WORD_MAX)
        return WORD_MAX;
    for (size_t j = 0; j <= width; j++)
        row[j] = j;
    for (size_t i = 0; a[i]; i++) {
        size_t *free_row = before;
        before = above, above = row, row = free_row;
        row[0] = i + 1;
        for (size_t j = 0; j < width; j++) {
            bool same = lower(a[i]) == lower(b[j]);
            bool swapped = i && j && lower(a[i]) == lower(b[j - 1]) && lower(a[i - 1]) == lower(b[j]);
            size_t best = above[j] + !same;
            best = above[j + 1] + 1 < best ? above[j + 1] + 1 : best;
            best = row[j] + 1 < best ? row[j] + 1 : best;
            row[j + 1] = swapped && before[j - 1] + 1 < best ? before[j - 1] + 1 : best;
        }
    }
    return row[width];
}

const char *text_nearest(const char *text, const char *const *words, size_t count)
{
    size_t length = strlen(text), limit = length / 3 > 2 ? length / 3 : 2;
    const char *nearest = NULL;
    if (length <= limit)
        limit = length ? length - 1 : 0; /* a word of which nothing is left is not near */
    if (length >= WORD_MAX)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        size_t distance = edit_distance(text, words[i]);
        if (distance < limit + (nearest == NULL)) {
            nearest = words[i];
            limit = distance;
        }
    }
    return nearest;
}

char *text_trim(char *text)
{
    while (is_blank(*text))
        text++;
    size_t length = strlen(text);
    while (length && is_blank(text[length - 1]))
        length--;
    text[length] = '\0';
    return text;
}

char *text_cut(char **rest, char separator)
{
    char *part = *rest;
    if (!part)
        return NULL;
    char *end = strchr(part, separator);
    *rest = end ? end + 1 : NULL;
    if (end)
        *end = '\0';
    return text_trim(part);
}

size_t text_utf8_length(const char *text)
{
    const unsigned char *byte = (const unsigned char *)text;
    unsigned char low = 0x80, high = 0xbf;
    size_t length;
    if (byte[0] < 0x80)
        return byte[0] != 0;
    if (byte[0] >= 0xc2 && byte[0] <= 0xdf) {
        length = 2;
    } else if (byte[0] >= 0xe0 && byte[0] <= 0xef) {
        length = 3;
        low = byte[0] == 0xe0 ? 0xa0 : 0x80;  /* not longer than needed */
        high = byte[0] == 0xed ? 0x9f : 0xbf; /* no surrogates */
    } else if (byte[0] >= 0xf0 && byte[0] <= 0xf4) {
        length = 4;
        low = byte[0] == 0xf0 ? 0x90 : 0x80;
        high = byte[0] == 0xf4 ? 0x8f : 0xbf; /* up to U+10FFFF */
    } else {
        return 0;
    }
    for (size_t i = 1; i < length; i++, low = 0x80, high = 0xbf)
        if (byte[i] < low || byte[i] > high)
            return 0;
    return length;
}

void text_one_line(const char *text, char *ret, size_t size)
{
    static const char more[] = "…";
    size_t used = 0, fits = 0; /* fits: the length at which more would still have room */
    if (!size)
        return;
    while (*text) {
        const char *source = text;
        size_t length = text_utf8_length(text), step = length ? length : 1;
        if (!length) {
            source = "?";
            length = 1;
        } else if ((length == 1 && (*text < 0x20 || *text == 0x7f)) ||
                   (length == 2 && text[0] == '\xc2' && (unsigned char)text[1] < 0xa0)) {
            source = " ";
            length = 1;
        }
        if (used + length >= size) {
            if (size > sizeof more) {
                memcpy(ret + fits, more, sizeof more);
                return;
            }
            break;
        }
        memcpy(ret + used, source, length);
        used += length;
        text += step;
        if (used + sizeof more <= size)
            fits = used;
    }
    ret[used] = '\0';
}
