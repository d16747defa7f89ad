/*
 * Loops over the rows of SQLite pages, for the parts of reading that cost numpy most.
 *
 * Nothing here is needed: whatever these functions do, numpy does too, and tests hold the one
 * against the other. A function that meets anything unusual says ELSEWHERE and lets numpy do it,
 * which also knows the words for what is wrong. No byte outside of what a caller names is read,
 * however damaged a page is.
 *
 * Rows of a page: https://www.sqlite.org/fileformat2.html#record_format
 */

#include <stdint.h>
#include <string.h>

#if !defined(__BYTE_ORDER__) || __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "bytes are put together as little-endian machines do"
#endif

/* a checksum of this file, given by who compiles it: Python uses no library of another source */
#ifndef KERNELS_VERSION
#define KERNELS_VERSION 0
#endif

/* times are mostly written to the second; see MOST_UNIT of `logs.parts` */
#define UNIT 1000

enum { FINE = 0, ELSEWHERE = 1 };
/* as `pages.records` and `pages.expressions` number them */
enum { SERIAL_NULL = 0, SERIAL_FLOAT = 7, SERIAL_FALSE = 8, SERIAL_TRUE = 9, FIRST_BLOB = 12, FIRST_TEXT = 13 };
enum { RESULT_NOTHING = 0, RESULT_WHOLE = 1, RESULT_REAL = 2, RESULT_OTHER = 3 };

static const int64_t WIDTHS[FIRST_BLOB] = {0, 1, 2, 3, 4, 6, 8, 8, 0, 0, 0, 0};
static const uint64_t TAILS[9] = {
    0, 0xFF, 0xFFFF, 0xFFFFFF, 0xFFFFFFFF, 0xFFFFFFFFFF, 0xFFFFFFFFFFFF, 0xFFFFFFFFFFFFFF, ~(uint64_t)0,
};

int64_t kernels_version(void) { return KERNELS_VERSION; }

/* How many bytes a value of a kind has. */
static int64_t width_of(int64_t kind) { return kind < FIRST_BLOB ? WIDTHS[kind] : (kind - FIRST_BLOB) / 2; }

static uint64_t word_at(const uint8_t *at)
{
    uint64_t word;
    memcpy(&word, at, sizeof word);
    return word;
}

static int64_t two_bytes(const uint8_t *at) { return (int64_t)at[0] << 8 | at[1]; }

/* The place after a number of one to nine bytes; NULL where it does not end before `end`. */
static const uint8_t *varint(const uint8_t *at, const uint8_t *end, int64_t *value)
{
    uint64_t found = 0;
    for (int index = 0; index < 8; index++) {
        if (at >= end)
            return NULL;
        uint8_t byte = *at++;
        found = found << 7 | (byte & 0x7F);
        if (byte < 0x80) {
            *value = (int64_t)found;
            return at;
        }
    }
    if (at >= end)
        return NULL;
    *value = (int64_t)(found << 8 | *at);
    return at + 1;
}

/* The values of a column met before, by hash; see `coding.Coder`, which keeps it. */
struct table {
    /* codes by hash, -1 where there is none, and so many places less one */
    const int64_t *slots;
    int64_t mask;
    /* of each code, the hash and the kind */
    const int64_t *hashes;
    const int64_t *kinds;
    /* by position of eight bytes, of every code; and how many positions there are */
    const uint64_t *const *words;
    int64_t positions;
    /* longer values have no code */
    int64_t most_bytes;
};

/* The code of each of some values, or -1 where it has none so far. */
int find_codes(const uint8_t *data, int64_t size, const int32_t *kinds, const int32_t *begins,
               int64_t rows, const struct table *table, int64_t *codes)
{
    const uint64_t mix = 0x9E3779B97F4A7C15u, seed = 0xD6E8FEB86659FD93u;
    for (int64_t row = 0; row < rows; row++) {
        int64_t kind = kinds[row], begin = begins[row], width = kind < 0 ? -1 : width_of(kind);
        if (width < 0 || width > table->most_bytes || begin < 0 || begin + width + 8 > size)
            return ELSEWHERE;
        const uint8_t *at = data + begin;
        uint64_t hash = ((uint64_t)kind + seed) * mix;
        for (int64_t left = width; left > 0; left -= 8, at += 8) {
            hash = (hash ^ (word_at(at) & TAILS[left < 8 ? left : 8])) * mix;
            hash ^= hash >> 32;
        }
        hash *= mix;
        hash ^= hash >> 32;
        int64_t slot = (int64_t)hash & table->mask, code;
        while ((code = table->slots[slot]) >= 0 && table->hashes[code] != (int64_t)hash)
            slot = (slot + 1) & table->mask;
        codes[row] = code;
        if (code < 0)
            continue;
        /* two values of one hash must not get one code */
        if (table->kinds[code] != kind)
            return ELSEWHERE;
        at = data + begin;
        for (int64_t left = width, position = 0; left > 0; left -= 8, at += 8, position++)
            if (position >= table->positions ||
                table->words[position][code] != (word_at(at) & TAILS[left < 8 ? left : 8]))
                return ELSEWHERE;
    }
    return FINE;
}

/*
 * Where each wanted column's value of each row stands.
 *
 * data, size: pages and bytes behind them. starts, pages: where each page starts. usable: bytes of
 * a page that hold anything. wanted, columns: one byte a column of the table, up to the last that
 * is wanted. rows: how many rows the pages hold together. numbers: of rows. kinds, begins: of
 * wanted columns times rows, column by column.
 */
int take_apart(const uint8_t *data, int64_t size, const int64_t *starts, int64_t pages, int64_t usable,
               const uint8_t *wanted, int64_t columns, int64_t rows, int64_t *numbers, int32_t *kinds,
               int32_t *begins)
{
    if (size > INT32_MAX)
        return ELSEWHERE;
    int64_t row = 0;
    for (int64_t index = 0; index < pages; index++) {
        if (usable < 8 || starts[index] < 0 || starts[index] + usable > size)
            return ELSEWHERE;
        const uint8_t *page = data + starts[index], *page_end = page + usable;
        int64_t count = two_bytes(page + 3);
        if (page[0] != 13 || 8 + 2 * count > usable || row + count > rows)
            return ELSEWHERE;
        for (int64_t cell = 0; cell < count; cell++, row++) {
            const uint8_t *at = page + two_bytes(page + 8 + 2 * cell);
            int64_t length, header;
            if ((at = varint(at, page_end, &length)) == NULL)
                return ELSEWHERE;
            if ((at = varint(at, page_end, &numbers[row])) == NULL)
                return ELSEWHERE;
            /* a longer row, or a damaged one, is not all on this page */
            if (length < 0 || length > usable - 35 || length > page_end - at)
                return ELSEWHERE;
            const uint8_t *begun = at, *row_end = at + length;
            if ((at = varint(at, row_end, &header)) == NULL || header < 0 || header > length)
                return ELSEWHERE;
            const uint8_t *header_end = begun + header, *body = header_end;
            int64_t place = row;
            for (int64_t column = 0; column < columns; column++) {
                int64_t kind, width;
                if ((at = varint(at, header_end, &kind)) == NULL || kind < 0)
                    return ELSEWHERE;
                if ((width = width_of(kind)) > row_end - body)
                    return ELSEWHERE;
                if (wanted[column]) {
                    kinds[place] = (int32_t)kind;
                    begins[place] = (int32_t)(body - data);
                    place += rows;
                }
                body += width;
            }
        }
    }
    return row == rows ? FINE : ELSEWHERE;
}

/* The number that some digits make, or -1 where one is none. */
static int64_t digits(const uint8_t *at, int count)
{
    int64_t found = 0;
    for (int index = 0; index < count; index++) {
        unsigned digit = (unsigned)at[index] - '0';
        if (digit > 9)
            return -1;
        found = found * 10 + digit;
    }
    return found;
}

/*
 * Of times written as text the number that the digits of date, hour and minute make.
 *
 * between: the letter between date and clock; 0 for dates alone, whose clock is then 0.
 */
int read_times(const uint8_t *data, int64_t size, const int32_t *kinds, const int32_t *begins,
               int64_t rows, int64_t between, int64_t *moments)
{
    const int64_t shortest = between ? 16 : 10;
    for (int64_t row = 0; row < rows; row++) {
        int64_t begin = begins[row];
        if (kinds[row] < FIRST_TEXT || kinds[row] % 2 == 0 || width_of(kinds[row]) < shortest ||
            begin < 0 || begin + width_of(kinds[row]) > size)
            return ELSEWHERE;
        const uint8_t *at = data + begin;
        int64_t year = digits(at, 4), month = digits(at + 5, 2), day = digits(at + 8, 2);
        if (at[4] != '-' || at[7] != '-' || year < 0 || month < 0 || day < 0)
            return ELSEWHERE;
        int64_t hour = 0, minute = 0;
        if (between) {
            hour = digits(at + 11, 2);
            minute = digits(at + 14, 2);
            if (at[10] != between || at[13] != ':' || hour < 0 || minute < 0)
                return ELSEWHERE;
        }
        moments[row] = (((year * 100 + month) * 100 + day) * 100 + hour) * 100 + minute;
    }
    return FINE;
}

/* Milliseconds since the minute began, of times that end with the minute or with whole seconds. */
int read_seconds(const uint8_t *data, int64_t size, const int32_t *kinds, const int32_t *begins,
                 int64_t rows, int64_t *milliseconds)
{
    for (int64_t row = 0; row < rows; row++) {
        int64_t begin = begins[row], width = kinds[row] < FIRST_TEXT ? 0 : width_of(kinds[row]);
        if (width < 1 || begin < 0 || begin + width > size)
            return ELSEWHERE;
        const uint8_t *at = data + begin;
        width -= at[width - 1] == 'Z';
        if (width <= 16) {
            milliseconds[row] = 0;
            continue;
        }
        int64_t seconds = width == 19 ? digits(at + 17, 2) : -1;
        if (seconds < 0 || seconds > 59 || at[16] != ':')
            return ELSEWHERE;
        milliseconds[row] = 1000 * seconds;
    }
    return FINE;
}

/*
 * Values as they are stored: what kind each is, and the number it is.
 *
 * chosen: places of rows, so many as `count`. is_real: whether the column's type turns whole
 * numbers into floating ones.
 */
int read_numbers(const uint8_t *data, int64_t size, const int32_t *kinds, const int32_t *begins,
                 const int64_t *chosen, int64_t count, int64_t is_real, uint8_t *found, int64_t *wholes,
                 double *reals)
{
    for (int64_t index = 0; index < count; index++) {
        int64_t row = chosen[index], kind = kinds[row], begin = begins[row], whole = 0;
        wholes[index] = 0;
        reals[index] = 0.0;
        if (kind == SERIAL_NULL) {
            found[index] = RESULT_NOTHING;
            continue;
        }
        if (kind >= FIRST_BLOB) {
            found[index] = RESULT_OTHER;
            continue;
        }
        if (kind == SERIAL_FALSE || kind == SERIAL_TRUE) {
            whole = kind == SERIAL_TRUE;
        } else if (kind > SERIAL_TRUE || begin < 0 || begin + 8 > size) {
            return ELSEWHERE;
        } else {
            uint64_t bytes = __builtin_bswap64(word_at(data + begin));
            if (kind == SERIAL_FLOAT) {
                memcpy(&reals[index], &bytes, sizeof bytes);
                found[index] = RESULT_REAL;
                continue;
            }
            whole = (int64_t)bytes >> (64 - 8 * WIDTHS[kind]);
        }
        wholes[index] = whole;
        found[index] = is_real ? RESULT_REAL : RESULT_WHOLE;
        if (is_real)
            reals[index] = (double)whole;
    }
    return FINE;
}

/*
 * The entities of each key, ascending, each once.
 *
 * keys, entities: by row, of entities that ascend. size: one more than the largest key; ends: room
 * for as many. own_keys, own_entities: room for as many as rows. Returns how many of these are used;
 * -1 where a key is none.
 */
int64_t sets_by_key(const int64_t *keys, const uint32_t *entities, int64_t rows, int64_t size, int64_t *ends,
                    int64_t *own_keys, uint32_t *own_entities)
{
    memset(ends, 0, (size_t)size * sizeof *ends);
    for (int64_t row = 0; row < rows; row++) {
        if (keys[row] < 0 || keys[row] >= size)
            return -1;
        ends[keys[row]]++;
    }
    for (int64_t key = 0, before = 0; key < size; key++) {
        int64_t own = ends[key];
        ends[key] = before;
        before += own;
    }
    for (int64_t row = 0; row < rows; row++) {
        int64_t place = ends[keys[row]]++;
        own_keys[place] = keys[row];
        own_entities[place] = entities[row];
    }
    int64_t used = 0;
    for (int64_t row = 0; row < rows; row++) {
        if (used && own_keys[used - 1] == own_keys[row] && own_entities[used - 1] == own_entities[row])
            continue;
        own_keys[used] = own_keys[row];
        own_entities[used] = own_entities[row];
        used++;
    }
    return used;
}

/*
 * Numbers as planes of bytes, as `logs.parts` keeps them, slice by slice.
 *
 * bounds: where slices begin, and where the last one ends; slices: how many there are, none of them
 * empty. planes: room for eight bytes a number; a slice's are where its eight-byte numbers would be.
 * told: of each slice the least, what the others were divided by (UNIT where all, from the least
 * on, are multiples of it), and how many planes there are.
 */
int pack_numbers(const int64_t *numbers, const int64_t *bounds, int64_t slices, uint8_t *planes, int64_t *told)
{
    for (int64_t slice = 0; slice < slices; slice++, told += 3) {
        const int64_t *own = numbers + bounds[slice], count = bounds[slice + 1] - bounds[slice];
        uint8_t *at = planes + 8 * bounds[slice];
        if (count < 1)
            return ELSEWHERE;
        int64_t least = own[0], largest = own[0];
        for (int64_t index = 1; index < count; index++) {
            least = own[index] < least ? own[index] : least;
            largest = own[index] > largest ? own[index] : largest;
        }
        uint64_t most = (uint64_t)largest - (uint64_t)least;
        int64_t multiples = 0;
        while (multiples < count && ((uint64_t)own[multiples] - (uint64_t)least) % UNIT == 0)
            multiples++;
        int is_divided = multiples == count;
        if (is_divided)
            most /= UNIT;
        int width = 0;
        while (width < 8 && most >> (8 * width))
            width++;
        for (int64_t index = 0; index < count; index++) {
            uint64_t offset = (uint64_t)own[index] - (uint64_t)least;
            if (is_divided)
                offset /= UNIT;
            for (int plane = 0; plane < width; plane++)
                at[plane * count + index] = (uint8_t)(offset >> (8 * plane));
        }
        told[0] = least;
        told[1] = is_divided ? UNIT : 1;
        told[2] = width;
    }
    return FINE;
}

/*
 * Enter codes into a table of hashes, from `first` to before `end`; see `find_codes`.
 *
 * mask: places of the table less one, more than there are codes.
 */
int enter_codes(int64_t *slots, int64_t mask, const int64_t *hashes, int64_t first, int64_t end)
{
    if (first < 0 || end > mask)
        return ELSEWHERE;
    for (int64_t code = first; code < end; code++) {
        int64_t slot = hashes[code] & mask;
        while (slots[slot] >= 0)
            slot = (slot + 1) & mask;
        slots[slot] = code;
    }
    return FINE;
}

static void put(uint8_t *at, uint32_t value, int bytes)
{
    for (int index = 0; index < bytes; index++)
        at[index] = (uint8_t)(value >> (8 * index));
}

/*
 * Sets in the portable format of roaring bitmaps, without runs, one behind the other.
 *
 * keys: ascending, one a row. entities: ascending within a key, each once. most_listed: of a
 * container; a set with a larger one is left to the library. bytes: room for 18 times rows.
 * own_keys, first_rows, ends: room for one more than rows; told are each set's key, its first row,
 * and where it ends in bytes, which is where the one before ends for sets that are left. Returns
 * how many sets there are.
 * Format: https://github.com/RoaringBitmap/RoaringFormatSpec
 */
int64_t write_sets(const int64_t *keys, const uint32_t *entities, int64_t rows, int64_t most_listed,
                   uint8_t *bytes, int64_t *own_keys, int64_t *first_rows, int64_t *ends)
{
    int64_t sets = 0, used = 0;
    for (int64_t first = 0, end; first < rows; first = end) {
        int64_t containers = 0, listed = 0;
        int is_left = 0;
        for (end = first; end < rows && keys[end] == keys[first]; end++) {
            if (end == first || entities[end] >> 16 != entities[end - 1] >> 16) {
                containers++;
                listed = 0;
            }
            is_left |= ++listed > most_listed;
        }
        own_keys[sets] = keys[first];
        first_rows[sets] = first;
        if (!is_left) {
            uint8_t *head = bytes + used + 8, *offset = head + 4 * containers, *list = offset + 4 * containers;
            put(bytes + used, 12346, 4);
            put(bytes + used + 4, (uint32_t)containers, 4);
            for (int64_t row = first, begun = first; row < end; row++) {
                if (row == first || entities[row] >> 16 != entities[row - 1] >> 16) {
                    begun = row;
                    put(head, entities[row] >> 16, 2);
                    put(offset, (uint32_t)(list - (bytes + used)), 4);
                    head += 4;
                    offset += 4;
                }
                put(head - 2, (uint32_t)(row - begun), 2);
                put(list, entities[row] & 0xFFFF, 2);
                list += 2;
            }
            used = list - bytes;
        }
        ends[sets++] = used;
    }
    first_rows[sets] = rows;
    return sets;
}

/*
 * The rows whose entity is met for the first time.
 *
 * met: a bit an entity, set for those met before; of these too from now on. bits: how many there
 * are. found: room for as many as rows. Returns how many of it are used; -1 where an entity has no
 * bit.
 */
int64_t rows_of_new(const uint32_t *entities, int64_t rows, uint64_t *met, int64_t bits, int64_t *found)
{
    int64_t used = 0;
    for (int64_t row = 0; row < rows; row++) {
        uint32_t entity = entities[row];
        if (entity >= bits)
            return -1;
        uint64_t bit = (uint64_t)1 << (entity & 63);
        found[used] = row;
        used += !(met[entity >> 6] & bit);
        met[entity >> 6] |= bit;
    }
    return used;
}

/*
 * How many different entities each group has.
 *
 * group_of: by row; not looked at where there is one group. met: a bit for each entity of each group,
 * none set; width: how many bits a group has. counts: zeros, one a group; groups: how many there are.
 */
int count_distinct(const int64_t *group_of, const uint32_t *entities, int64_t rows, uint64_t *met, int64_t width,
                   int64_t *counts, int64_t groups)
{
    for (int64_t row = 0; row < rows; row++) {
        int64_t group = groups == 1 ? 0 : group_of[row];
        if (entities[row] >= width || group < 0 || group >= groups)
            return ELSEWHERE;
        int64_t at = group * width + entities[row];
        uint64_t bit = (uint64_t)1 << (at & 63);
        counts[group] += !(met[at >> 6] & bit);
        met[at >> 6] |= bit;
    }
    return FINE;
}
