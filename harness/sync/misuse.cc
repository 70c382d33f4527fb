#include "sync/misuse.h"

namespace heddle {

void misuse(Engine& engine, const Operation& operation, const char* text, TaskId other,
            ObjectId object) {
  Event event;
  event.op = operation.op;
  event.effect = Effect::failed;
  event.task = engine.current().id;
  event.other = other;
  event.object = operation.object;
  event.address = operation.address;
  event.site = operation.site;
  engine.record(event);
  Detection detection;
  detection.kind = FindingKind::lock_misuse;
  detection.access.task = engine.current().id;
  detection.access.site = operation.site;
  detection.access.address = operation.address;
  detection.earlier.task = other;
  detection.object = object.valid() ? object : operation.object;
  for (size_t i = 0; text[i] != 0 && i + 1 < sizeof(detection.detail); ++i) {
    detection.detail[i] = text[i];
  }
  engine.abandon(detection);
}

}  // namespace heddle
