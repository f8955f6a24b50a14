// SPDX-License-Identifier: Apache-2.0
#include <gateway/settings.hpp>

#include <arpa/inet.h>
#include <array>
#include <config/tables.hpp>

namespace cordboard::gateway {
namespace {

namespace c = cordboard::settings;
using type = c::key_type;
using key = c::key<settings>;
using c::value;

constexpr std::int64_t s = 1'000'000'000, min = 60 * s, hour = 60 * min;

template <auto Member>
void text(settings& to, const value& v) {
  to.*Member = v.text;
}
template <auto Member>
void list(settings& to, const value& v) {
  to.*Member = v.list;
}
template <auto Member>
void number(settings& to, const value& v) {
  to.*Member = static_cast<std::remove_reference_t<decltype(to.*Member)>>(v.integer);
}
template <auto Member>
void time(settings& to, const value& v) {
  to.*Member = std::chrono::nanoseconds(v.integer);
}

constexpr std::array gateway_keys{
    key{{"run", type::path, "/run/cordboard", 1, 90, "", "the board's run folder", "总机的运行目录"}, text<&settings::run>},
    key{{"address", type::address, "127.0.0.1", 1, 64, "",
         "IP to bind; others than this machine's own need certificate, private_key and users",
         "绑定地址;非本机地址须有证书与用户"},
        text<&settings::address>},
    key{{"port", type::integer, "8080", 0, 65535, "", "0: chosen by the kernel, told on start", "端口;0 由系统选取"},
        number<&settings::port>},
    key{{"certificate", type::file, "", 0, 4096, "", "PEM file: ours, then those between it and its root; empty: no TLS",
         "证书链(PEM);空则不用 TLS"},
        text<&settings::certificate>},
    key{{"private_key", type::private_file, "", 0, 4096, "", "PEM file, for its owner alone", "私钥(PEM),仅属主可读"},
        text<&settings::private_key>},
    key{{"users", type::private_file, "!", 1, 4096, "", "file that `cordboard gateway user add` writes, for its owner alone",
         "用户文件,由 cordboard gateway user add 写入"},
        text<&settings::users>},
    key{{"state", type::folder, "", 0, 4096, "", "folder for the sessions; empty: a restart ends them",
         "会话保存目录;空则重启后须重新登录"},
        text<&settings::state>},
    key{{"console", type::folder, "", 0, 4096, "", "folder of files that are served to browsers; empty: none", "网页文件目录"},
        text<&settings::console>},
    key{{"directory", type::file, "", 0, 4096, "", "the hospital's directory, CSV; empty: none", "通讯录(CSV)"},
        text<&settings::directory>},
    key{{"roster", type::file, "", 0, 4096, "", "who is on duty when, CSV; empty: none", "值班表(CSV)"},
        text<&settings::roster>},
    key{{"summaries", type::folder, "", 0, 4096, "",
         "folder of stored sums (cordboard report summaries); empty: the log is read", "统计汇总目录;空则读取日志"},
        text<&settings::summaries>},
    key{{"area_code", type::number, "", 0, 8, "", "of the directory's numbers, such as 010", "区号"},
        text<&settings::area_code>},
    key{{"extension_digits", type::integer, "4", 2, 8, "", "digits of an extension", "分机位数"},
        number<&settings::extension_digits>},
    key{{"time_zone", type::zone, "Asia/Shanghai", 1, 64, "", "of the roster and the figures", "时区"},
        text<&settings::time_zone>},
    key{{"frame_ancestors", type::references, "", 0, 16, "", "origins whose pages may embed the console: https://his.example",
         "可嵌入控制台的网站"},
        list<&settings::frame_ancestors>},
    key{{"session_limit", type::duration, "12h", 1 * min, 7 * 24 * hour, "", "then whoever has logged on does so again",
         "会话时限"},
        time<&settings::session_limit>},
};
constexpr std::array limit_keys{
    key{{"connections", type::integer, "2048", 8, 20000, "", "at a time", "同时连接数"}, number<&settings::connections_max>},
    key{{"connections_per_address", type::integer, "1024", 1, 20000, "", "of one address", "每地址连接数"},
        number<&settings::connections_per_address>},
    key{{"streams", type::integer, "1024", 1, 10000, "", "connections that follow events", "事件流数"},
        number<&settings::streams_max>},
    key{{"head_bytes", type::integer, "16384", 1024, 65536, "", "of a request's head", "请求头字节数"},
        number<&settings::head_bytes_max>},
    key{{"body_bytes", type::integer, "65536", 1024, 1048576, "", "of a request's body", "请求体字节数"},
        number<&settings::body_bytes_max>},
    key{{"read", type::duration, "10s", 1 * s, 2 * min, "", "for a whole request to come in", "接收一个请求的时限"},
        time<&settings::read_limit>},
    key{{"idle", type::duration, "30s", 1 * s, 10 * min, "", "between two requests of a connection", "连接空闲时限"},
        time<&settings::idle_limit>},
    key{{"write", type::duration, "15s", 1 * s, 2 * min, "", "for a client to take what it is sent", "发送时限"},
        time<&settings::write_limit>},
    key{{"requests_per_second", type::integer, "100", 0, 100000, "", "of one user, or one address; 0: no limit", "每秒请求数"},
        number<&settings::requests_per_second>},
    key{{"failures", type::integer, "5", 1, 100, "", "wrong passwords before a lock-out", "锁定前的失败次数"},
        number<&settings::failures_max>},
    key{{"lock_out", type::duration, "30s", 1 * s, 1 * hour, "",
         "the first one; each further one is twice as long, up to a day", "首次锁定时长,此后加倍"},
        time<&settings::lock_out>},
    key{{"events", type::integer, "16384", 256, 1048576, "", "kept in memory for clients; who is further behind gets gone",
         "内存中保留的事件数"},
        number<&settings::events_kept>},
    key{{"resume", type::integer, "1000000", 0, 100000000, "", "events read from the log for a client that comes back",
         "断线续传可读取的事件数"},
        number<&settings::resume_max>},
};
constexpr std::array store_keys{
    key{{"path", type::path, "", 0, 200, "", "the store's file (SQLite), as in the board's configuration; empty: none",
         "数据库文件(SQLite),与总机配置相同;空则不用"},
        text<&settings::store_path>},
    key{{"postgresql", type::name, "", 0, 4096, "", "a connection to a PostgreSQL instead", "改用 PostgreSQL 时的连接串"},
        text<&settings::store_postgresql>},
    key{{"key_file", type::key_file, "", 0, 200, "", "the store's master key; empty: path with .key behind it",
         "主密钥文件;空则为 path 加 .key"},
        text<&settings::store_key>},
};
const c::table<settings> gateway_table{"gateway", false, "the gateway", "网关", gateway_keys};
const c::table<settings> limits_table{"limits", false, "its bounds", "上限", limit_keys};
const c::table<settings> store_table{"store", false, "the store, from which callers are known", "数据库", store_keys};

/// An origin: scheme and host, no path, nothing that would end the header's directive.
bool is_origin(std::string_view text) {
  const bool scheme = text.starts_with("https://") || text.starts_with("http://");
  const auto host = text.substr(std::min(text.size(), text.find("//") + 2));
  return scheme && !host.empty() &&
         host.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:[]") ==
             std::string_view::npos;
}

class reader : c::table_reader {
public:
  using table_reader::table_reader;
  loaded_settings read(const toml::table& file) {
    loaded_settings out;
    known_tables(file, {gateway_table.name, limits_table.name, store_table.name});
    const auto own = one(file, gateway_table, out.value);
    one(file, limits_table, out.value);
    const auto store = one(file, store_table, out.value);
    if (file.get("gateway") == nullptr)
      tell({}, "gateway", {"nothing", "缺少此表"}, {"a table [gateway] with users", "含 users 的表 [gateway]"});
    if (out.value.certificate.empty() != out.value.private_key.empty())
      tell(own.of(out.value.certificate.empty() ? "private_key" : "certificate"), "gateway.certificate",
           {"one without the other", "缺少其一"}, {"certificate and private_key", "certificate 与 private_key 同时设置"});
    if (!is_loopback(out.value.address) && out.value.certificate.empty())
      tell(own.of("address"), "gateway.address", c::quoted(out.value.address),
           {"an address of this machine alone, or certificate and private_key: passwords do not cross a network in clear",
            "仅本机的地址,或设置证书与私钥:密码不得以明文经过网络"});
    if (!out.value.store_path.empty() && !out.value.store_postgresql.empty())
      tell(store.of("postgresql"), "store.postgresql", {"path beside it", "同时有 path"},
           {"one of path and postgresql", "path 与 postgresql 二者之一"});
    if (!out.value.store_postgresql.empty() && out.value.store_key.empty())
      tell(store.of("postgresql"), "store.key_file", {"nothing, but postgresql", "缺少此键,但有 postgresql"},
           {"the file of the master key", "须设置主密钥文件"});
    if (out.value.store_key.empty() && !out.value.store_path.empty()) out.value.store_key = out.value.store_path + ".key";
    if (!out.value.roster.empty() && out.value.directory.empty())
      tell(own.of("roster"), "gateway.directory", {"a roster without a directory", "有值班表而无通讯录"},
           {"the directory whose persons it names", "须同时设置通讯录"});
    for (const auto& origin : out.value.frame_ancestors)
      if (!is_origin(origin))
        tell(own.of("frame_ancestors"), "gateway.frame_ancestors", c::quoted(origin),
             {"origins such as https://his.example", "形如 https://his.example 的来源"});
    by_line();
    out.problems = std::move(problems_);
    return out;
  }
};

}  // namespace

bool is_loopback(const std::string& address) {
  in_addr four{};
  in6_addr six{};
  if (inet_pton(AF_INET, address.c_str(), &four) == 1) return (ntohl(four.s_addr) >> 24U) == 127;
  return inet_pton(AF_INET6, address.c_str(), &six) == 1 && IN6_IS_ADDR_LOOPBACK(&six) != 0;
}

loaded_settings load_settings(const std::string& path) {
  loaded_settings out;
  auto problems = c::read_toml_file(path, c::script_bytes_max, [&](const toml::table& file) {
    out = reader(c::folder_of(path)).read(file);
    return std::move(out.problems);
  });
  out.problems = std::move(problems);
  return out;
}

}  // namespace cordboard::gateway
