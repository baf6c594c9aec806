/*
 * A MAVLink 2 parser that takes one byte after the other, as the C library does: a state for each part of the frame,
 * the checksum carried along byte by byte, the message's CRC_EXTRA found by binary search, and the payload, filled up
 * with zeros, copied into the message's structure. Reads a file as often as asked, and prints how many frames it found
 * and the processor time that took.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct entry {
  uint32_t id;
  uint8_t extra;
  uint8_t length;
};

static const struct entry entries[] = {
#include "entries.h"
};

enum part { START, LENGTH, INCOMPAT, COMPAT, SEQUENCE, SYSTEM, COMPONENT, ID0, ID1, ID2, PAYLOAD, CRC0, CRC1, SIGNATURE };

struct parser {
  enum part part;
  uint8_t length, incompat, sequence, system, component, at, signature_left, crc_low;
  uint32_t id;
  uint16_t crc;
  uint8_t payload[255];
};

static uint16_t add(uint16_t crc, uint8_t byte) {
  uint8_t mixed = (uint8_t)(byte ^ (crc & 0xff));
  mixed = (uint8_t)(mixed ^ (mixed << 4));
  return (uint16_t)((crc >> 8) ^ (mixed << 8) ^ (mixed << 3) ^ (mixed >> 4));
}

static const struct entry *find(uint32_t id) {
  size_t low = 0, high = sizeof entries / sizeof entries[0];
  while (low < high) {
    size_t middle = (low + high) / 2;
    if (entries[middle].id == id) return &entries[middle];
    if (entries[middle].id < id) low = middle + 1;
    else high = middle;
  }
  return NULL;
}

/* Returns whether this byte ended an intact frame. */
static int take(struct parser *p, uint8_t byte) {
  switch (p->part) {
    case START:
      if (byte != 0xfd) return 0;
      p->crc = 0xffff;
      p->part = LENGTH;
      return 0;
    case LENGTH: p->length = byte; break;
    case INCOMPAT: p->incompat = byte; break;
    case COMPAT: break;
    case SEQUENCE: p->sequence = byte; break;
    case SYSTEM: p->system = byte; break;
    case COMPONENT: p->component = byte; break;
    case ID0: p->id = byte; break;
    case ID1: p->id |= (uint32_t)byte << 8; break;
    case ID2:
      p->id |= (uint32_t)byte << 16;
      p->crc = add(p->crc, byte);
      p->at = 0;
      p->part = p->length == 0 ? CRC0 : PAYLOAD;
      return 0;
    case PAYLOAD:
      p->payload[p->at++] = byte;
      p->crc = add(p->crc, byte);
      if (p->at == p->length) p->part = CRC0;
      return 0;
    case CRC0:
      p->crc_low = byte;
      p->part = CRC1;
      return 0;
    case CRC1: {
      const struct entry *known = find(p->id);
      p->part = START;
      if (known == NULL) return 0;
      if (add(p->crc, known->extra) != (uint16_t)(p->crc_low | (byte << 8))) return 0;
      if ((p->incompat & 1) == 0) return 1;
      p->signature_left = 13;
      p->part = SIGNATURE;
      return 0;
    }
    case SIGNATURE:
      if (--p->signature_left > 0) return 0;
      p->part = START;
      return 1;
  }
  p->crc = add(p->crc, byte);
  p->part = (enum part)(p->part + 1);
  return 0;
}

int main(int count, char **arguments) {
  if (count != 3) return 2;
  FILE *file = fopen(arguments[1], "rb");
  if (file == NULL) return 2;
  fseek(file, 0, SEEK_END);
  long size = ftell(file);
  rewind(file);
  uint8_t *bytes = malloc((size_t)size);
  if (bytes == NULL || fread(bytes, 1, (size_t)size, file) != (size_t)size) return 2;
  static struct parser parser;
  static uint8_t message[256];
  unsigned long frames = 0, sum = 0;
  clock_t begun = clock();
  for (int pass = atoi(arguments[2]); pass > 0; pass--)
    for (long at = 0; at < size; at++) {
      if (!take(&parser, bytes[at])) continue;
      const struct entry *known = find(parser.id);
      memset(message + parser.length, 0, sizeof message - parser.length);
      memcpy(message, parser.payload, parser.length);
      sum += message[known->length - 1];
      frames++;
    }
  double seconds = (double)(clock() - begun) / CLOCKS_PER_SEC;
  printf("%lu %.6f %lu\n", frames, seconds, sum);
  return 0;
}
