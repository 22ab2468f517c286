#include "call_text.h"

#include <array>
#include <charconv>
#include <cstdio>
#include <string_view>

namespace cache_server {
namespace {

constexpr std::size_t kMaxText = 60;   // bytes of one string
constexpr std::size_t kMaxLine = 160;  // after which nothing more is begun

class Describer {
 public:
  void value(const Value& value) {
    std::visit(*this, static_cast<const ValueVariant&>(value));
  }

  void call(const Call& call) {
    escaped(call.method);
    list('(', call.params, ')', [this](const Value& param) { value(param); });
  }

  void escaped(std::string_view text) {
    std::size_t size = text.size();
    if (size > kMaxText) {
      size = kMaxText;  // and not in the middle of a character
      while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80) --size;
    }
    for (std::size_t i = 0; i < size; ++i) {
      const char c = text[i];
      switch (c) {
        case '"': out_ += "\\\""; break;
        case '\\': out_ += "\\\\"; break;
        case '\n': out_ += "\\n"; break;
        case '\r': out_ += "\\r"; break;
        case '\t': out_ += "\\t"; break;
        default:
          if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
            code("\\x%02x", c);
          } else if (c == '\xC2' && i + 1 < size && (text[i + 1] & 0xE0) == 0x80) {
            code("\\u%04x", text[++i]);  // the control characters above ASCII
          } else {
            out_ += c;
          }
      }
    }
    if (size < text.size()) {
      out_.append("…(").append(std::to_string(text.size())).append(" bytes)");
    }
  }

  std::string take() { return std::move(out_); }

  void operator()(Nil) { out_ += "nil"; }
  void operator()(bool value) { out_ += value ? "true" : "false"; }
  void operator()(std::int64_t value) { out_ += std::to_string(value); }
  void operator()(double value) {
    std::array<char, 32> buffer;
    out_.append(buffer.data(),
                std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr);
  }
  void operator()(const std::string& value) { quoted(value); }
  void operator()(const DateTime& value) { escaped(value.text); }
  void operator()(const Array& items) {
    list('[', items, ']', [this](const Value& item) { value(item); });
  }
  void operator()(const Struct& members) {
    list('{', members, '}', [this](const Member& member) {
      quoted(member.name);
      out_ += ": ";
      value(member.value);
    });
  }

 private:
  template <class Items, class Write>
  void list(char open, const Items& items, char close, const Write& write) {
    out_ += open;
    bool first = true;
    for (const auto& item : items) {
      if (!first) out_ += ", ";
      first = false;
      if (out_.size() > kMaxLine) {
        out_ += "…";
        break;
      }
      write(item);
    }
    out_ += close;
  }

  void quoted(std::string_view text) {
    out_ += '"';
    escaped(text);
    out_ += '"';
  }

  void code(const char* format, char c) {
    std::array<char, 8> text;
    std::snprintf(text.data(), text.size(), format, static_cast<unsigned char>(c));
    out_ += text.data();
  }

  std::string out_;
};

}  // namespace

std::string printable(std::string_view bytes) {
  Describer describer;
  describer.escaped(bytes);
  return describer.take();
}

std::string text_of(const Call& call) {
  Describer describer;
  describer.call(call);
  return describer.take();
}

std::string text_of(const Value& value) {
  Describer describer;
  describer.value(value);
  return describer.take();
}

}  // namespace cache_server
