#include "edit.h"

#include <utility>

namespace cache_server {
namespace {

/// Edits what goes out once it is framed.
class EditedBytes : public Responder {
 public:
  EditedBytes(Handler handler, const Credentials& credentials, bool any_path,
              std::function<std::string(std::string)> edit)
      : Responder(std::move(handler), credentials, any_path), edit_(std::move(edit)) {}

  Answer answer(const Request& request, std::uint64_t connection) override {
    Answer answer = Responder::answer(request, connection);
    answer.bytes = edit_(std::move(answer.bytes));
    return answer;
  }

 private:
  std::function<std::string(std::string)> edit_;
};

}  // namespace

Variant with_method(
    std::string_view name,
    std::function<Value(Service&, const Params&, const Handler& original)> handler) {
  return {.edit = [=](Service& service) {
    for (Method& method : service.methods()) {
      if (method.name != name) continue;
      method.handler = [&service, handler, original = method.handler](const Params& params) {
        return handler(service, params, original);
      };
    }
  }};
}

Variant with_call(std::function<std::string(std::string body)> edit) {
  return {.answer = [=](Service& service, std::string_view body) {
    return service.answer(edit(std::string(body)));
  }};
}

Variant with_response(std::function<std::string(std::string body)> edit) {
  return {.answer = [=](Service& service, std::string_view body) {
    Reply reply = service.answer(body);
    if (reply.status == 200) reply.body = edit(std::move(reply.body));
    return reply;
  }};
}

Variant with_bytes(std::function<std::string(std::string bytes)> edit) {
  return {.make_responder = [=](Responder::Handler handler, const Credentials& credentials,
                                bool any_path) -> std::unique_ptr<Responder> {
    return std::make_unique<EditedBytes>(std::move(handler), credentials, any_path, edit);
  }};
}

Variant both(Variant one, Variant other) {
  if (other.edit) {
    one.edit = [first = std::move(one.edit), second = std::move(other.edit)](Service& service) {
      if (first) first(service);
      second(service);
    };
  }
  if (other.answer) one.answer = std::move(other.answer);
  if (other.make_responder) one.make_responder = std::move(other.make_responder);
  return one;
}

std::string replaced(std::string text, std::string_view part, std::string_view by) {
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + by.size())) {
    text.replace(at, part.size(), by);
  }
  return text;
}

}  // namespace cache_server
