#include "core/result.h"

namespace heddle {

const char* word(Verdict verdict) {
  switch (verdict) {
    case Verdict::pass:
      return "pass";
    case Verdict::fail:
      return "fail";
    case Verdict::error:
      break;
  }
  return "error";
}

const char* word(EvidenceKind kind) {
  switch (kind) {
    case EvidenceKind::exhaustive:
      return "exhaustive";
    case EvidenceKind::bounded:
      return "bounded";
    case EvidenceKind::sampled:
      break;
  }
  return "sampled";
}

}  // namespace heddle
