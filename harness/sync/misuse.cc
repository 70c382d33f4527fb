#include "sync/misuse.h"

namespace heddle {

void misuse(Engine& engine, const Object* object, const char* text, Site site, TaskId other) {
  Detection detection;
  detection.kind = FindingKind::lock_misuse;
  detection.access.task = engine.current().id;
  detection.access.site = site;
  detection.earlier.task = other;
  if (object != nullptr) {
    detection.access.address = object->address;
    detection.object = object->id;
  }
  for (size_t i = 0; text[i] != 0 && i + 1 < sizeof(detection.detail); ++i) {
    detection.detail[i] = text[i];
  }
  engine.abandon(detection);
}

}  // namespace heddle
