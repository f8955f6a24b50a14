// SPDX-License-Identifier: Apache-2.0
// TLS: our own files, and who is believed. Certificates are made by the openssl program for each run; two houses call each other.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <sip/tls_files.hpp>
#include <sys/stat.h>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include "house.hpp"

using namespace sip_test;
namespace fs = std::filesystem;

namespace {

/// A folder with an authority of its own, and what it has signed.
struct authority {
  authority() {
    std::string name = fs::temp_directory_path() / "cordboard-ca-XXXXXX";
    REQUIRE(mkdtemp(name.data()) != nullptr);
    folder = name;
    run("openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj '/CN=Test CA' -keyout ca.key -out ca.pem");
  }
  ~authority() { fs::remove_all(folder); }
  authority(const authority&) = delete;
  authority& operator=(const authority&) = delete;

  void run(const std::string& command) const {
    CAPTURE(command);
    // NOLINTNEXTLINE(concurrency-mt-unsafe): no test has another thread
    REQUIRE(std::system(fmt::format("cd {} && {} >>openssl.log 2>&1", folder.string(), command).c_str()) == 0);
  }
  /// A certificate for this name, which is also its file's.
  void sign(const std::string& file, const std::string& host) const {
    std::ofstream(folder / "ext") << "subjectAltName=DNS:" << host << "\n";
    run(fmt::format("openssl req -newkey rsa:2048 -nodes -subj '/CN={1}' -keyout {0}.key -out {0}.csr", file, host));
    run(fmt::format("openssl x509 -req -in {0}.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 30 -extfile ext -out {0}.pem",
                    file));
    run(fmt::format("chmod 600 {}.key", file));
  }
  sip_config with(const std::string& file) const {
    sip_config out;
    out.tls = true;
    out.tls_port = 0;
    out.certificate = folder / (file + ".pem");
    out.private_key = folder / (file + ".key");
    out.ca_file = folder / "ca.pem";
    return out;
  }
  fs::path folder;
};

/// Turns both until it is done.
bool until(house& a, house& b, const std::function<bool()>& done) {
  return a.until([&] {
    b.on.turn(std::chrono::milliseconds(1));
    return done();
  });
}
std::string refusal_of(const sip_config& config) {
  try {
    const sip::tls_files made(config);
  } catch (const std::invalid_argument& wrong) {
    return wrong.what();
  }
  return "taken";
}

}  // namespace

TEST_CASE("files for TLS that cannot be used are refused by name, and what is used leaves no copy of the key") {
  const authority ca;
  ca.sign("ours", "127.0.0.1");
  ca.sign("other", "127.0.0.1");
  const auto good = ca.with("ours");
  CHECK(refusal_of(good) == "taken");
  auto wrong = good;
  wrong.private_key = ca.folder / "nothing";
  CHECK(refusal_of(wrong).find("[sip] private_key") == 0);
  CHECK(refusal_of(wrong).find("cannot be read") != std::string::npos);
  wrong.private_key = ca.folder / "other.key";
  CHECK(refusal_of(wrong).find("is not the key of the certificate") != std::string::npos);
  ca.run("chmod 640 other.key");
  CHECK(refusal_of(wrong).find("may be read by others: chmod 600") != std::string::npos);
  wrong = good;
  wrong.certificate = ca.folder / "ours.key";
  CHECK(refusal_of(wrong).find("holds no certificate in PEM") != std::string::npos);
  wrong = good;
  wrong.private_key = ca.folder / "sealed.key";
  ca.run("openssl rsa -in ours.key -aes128 -passout pass:hush -out sealed.key && chmod 600 sealed.key");
  CHECK(refusal_of(wrong).find("without a passphrase") != std::string::npos);
  wrong = good;
  wrong.ca_file = ca.folder / "ours.key";
  CHECK(refusal_of(wrong).find("[sip] ca_file") == 0);
  ca.run(
      "openssl x509 -req -in ours.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days -1 -out late.pem || "
      "openssl ca -version");
  if (fs::exists(ca.folder / "late.pem") && fs::file_size(ca.folder / "late.pem") > 0) {
    wrong = good;
    wrong.certificate = ca.folder / "late.pem";
    CHECK(refusal_of(wrong).find("has run out") != std::string::npos);
  }
  std::string folder;
  {
    const sip::tls_files made(good);
    folder = made.folder();
    CHECK(fs::is_symlink(fs::path(folder) / "agent.pem"));
    struct stat status {};
    REQUIRE(stat(folder.c_str(), &status) == 0);
    CHECK((status.st_mode & 0777U) == 0700U);
  }
  CHECK_FALSE(fs::exists(folder));
}

TEST_CASE("a call over TLS to a trunk whose certificate is believed: set up, talked, ended, by a contact of its own") {
  const authority ca;
  ca.sign("ours", "127.0.0.1");
  house caller(ca.with("ours"));
  house called(ca.with("ours"));
  const auto port = called.stack->port(sip::transport::tls);
  REQUIRE(port != 0);
  CHECK(port != called.port());
  called.trunk("127.0.0.1");
  caller.trunk("127.0.0.1", fmt::format("sip:127.0.0.1:{};transport=tls", port));
  caller.stack->ring({leg_id{7}, device_id{9}, "900", "1001", "", our_sdp});
  REQUIRE(until(caller, called, [&] { return !called.calls.empty(); }));
  const auto leg = called.calls.back().who.leg;
  called.stack->answer(leg, sdp);
  CHECK(until(caller, called, [&] { return called.count(fmt::format("{} acknowledged", leg.value)) > 0; }));
  CHECK(caller.count("7 answered") == 1);
  // What a restart needs says where the other is: over TLS.
  CHECK(called.dialogs[leg.value].find(fmt::format(":{};transport=tls", caller.stack->port(sip::transport::tls))) !=
        std::string::npos);
  called.stack->release(leg);
  CHECK(until(caller, called, [&] { return called.count(fmt::format("{} released 200", leg.value)) > 0; }));
  CHECK(caller.count("7 ended 0") == 1);
}

TEST_CASE("a trunk whose certificate is another's, or signed by another, gets no call") {
  const authority ca;
  const authority stranger;
  ca.sign("ours", "127.0.0.1");
  ca.sign("elsewhere", "pbx.example");
  stranger.sign("forged", "127.0.0.1");
  for (const auto& wrong : {ca.with("elsewhere"), stranger.with("forged")}) {
    CAPTURE(wrong.certificate);
    house caller(ca.with("ours"));
    house called(wrong);
    called.trunk("127.0.0.1");
    caller.trunk("127.0.0.1", fmt::format("sip:127.0.0.1:{};transport=tls", called.stack->port(sip::transport::tls)));
    caller.stack->ring({leg_id{7}, device_id{9}, "900", "1001", "", our_sdp});
    CHECK(until(caller, called, [&] { return caller.count("7 refused 503") > 0; }));
    CHECK(called.calls.empty());
  }
}

TEST_CASE("the port for TLS is told by name when it is taken") {
  const authority ca;
  ca.sign("ours", "127.0.0.1");
  house first(ca.with("ours"));
  auto again = ca.with("ours");
  again.tls_port = first.stack->port(sip::transport::tls);
  try {
    const house second(again);
    FAIL("it was bound twice");
  } catch (const std::system_error& taken) {
    CHECK(std::string(taken.what()).find(fmt::format("127.0.0.1:{} over tls", again.tls_port)) != std::string::npos);
  }
}
