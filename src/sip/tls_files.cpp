// SPDX-License-Identifier: Apache-2.0
#include <sip/tls_files.hpp>
#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <array>
#include <cerrno>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <system_error>
#include <vector>

namespace cordboard::sip {
namespace {

template <auto Free>
struct freed {
  template <class T>
  void operator()(T* one) const {
    Free(one);
  }
};
using bio = std::unique_ptr<BIO, freed<BIO_free_all>>;
using certificate = std::unique_ptr<X509, freed<X509_free>>;
using key = std::unique_ptr<EVP_PKEY, freed<EVP_PKEY_free>>;

[[noreturn]] void refuse(const char* what, const std::string& path, const char* why) {
  throw std::invalid_argument(fmt::format("[sip] {}: \"{}\" {}", what, path, why));
}

std::string read_file(const char* what, const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) refuse(what, path, "cannot be read");
  return {std::istreambuf_iterator<char>(file), {}};
}

bio over(const std::string& text) { return bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))); }

std::vector<certificate> read_certificates(const char* what, const std::string& path, const std::string& text) {
  std::vector<certificate> out;
  const bio from = over(text);
  while (X509* const one = PEM_read_bio_X509(from.get(), nullptr, nullptr, nullptr)) out.emplace_back(one);
  ERR_clear_error();
  if (out.empty()) refuse(what, path, "holds no certificate in PEM");
  return out;
}

std::string as_pem(X509* one) {
  const bio to(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(to.get(), one);
  char* text = nullptr;
  const auto size = BIO_get_mem_data(to.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

int no_passphrase(char*, int, int, void*) { return 0; }

}  // namespace

tls_files::tls_files(const sip_config& from) {
  const auto ours = read_file("certificate", from.certificate);
  const auto chain = read_certificates("certificate", from.certificate, ours);
  struct stat status {};
  if (::stat(from.private_key.c_str(), &status) == 0 && (status.st_mode & (S_IRWXG | S_IRWXO)) != 0)
    refuse("private_key", from.private_key, "may be read by others: chmod 600");
  auto secret = read_file("private_key", from.private_key);
  const bio secret_bytes = over(secret);
  const key opened(PEM_read_bio_PrivateKey(secret_bytes.get(), nullptr, no_passphrase, nullptr));
  ERR_clear_error();
  if (opened == nullptr) refuse("private_key", from.private_key, "holds no key in PEM without a passphrase");
  if (X509_check_private_key(chain.front().get(), opened.get()) != 1) {
    ERR_clear_error();
    refuse("private_key", from.private_key, "is not the key of the certificate");
  }
  if (X509_cmp_current_time(X509_get0_notAfter(chain.front().get())) < 0)
    refuse("certificate", from.certificate, "has run out");
  std::string believed;
  if (!from.ca_file.empty())
    for (const auto& one : read_certificates("ca_file", from.ca_file, read_file("ca_file", from.ca_file)))
      believed += as_pem(one.get());
  // The library sends our certificate alone, and OpenSSL adds what it finds here between it and its root. None of these is
  // believed for that, since none is its own issuer.
  for (std::size_t i = 1; i < chain.size(); ++i)
    if (X509_check_issued(chain[i].get(), chain[i].get()) != X509_V_OK) believed += as_pem(chain[i].get());

  std::array<char, 32> name{"/tmp/cordboard-tls-XXXXXX"};
  if (::mkdtemp(name.data()) == nullptr) throw std::system_error(errno, std::generic_category(), "a folder for TLS in /tmp");
  folder_ = name.data();
  try {
    put("agent.pem", agent_, as_pem(chain.front().get()) + secret);
    if (!believed.empty()) put("cafile.pem", believed_, believed);
  } catch (...) {
    OPENSSL_cleanse(secret.data(), secret.size());
    remove();
    throw;
  }
  OPENSSL_cleanse(secret.data(), secret.size());
}

void tls_files::put(const char* name, int& memory, const std::string& text) {
  memory = ::memfd_create(name, MFD_CLOEXEC);
  const bool written = memory >= 0 && ::write(memory, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  const auto link = fmt::format("{}/{}", folder_, name);
  if (!written || ::symlink(fmt::format("/proc/self/fd/{}", memory).c_str(), link.c_str()) != 0)
    throw std::system_error(errno, std::generic_category(), "the files for TLS");
}

void tls_files::remove() {
  for (const int memory : {agent_, believed_})
    if (memory >= 0) ::close(memory);
  for (const char* const name : {"agent.pem", "cafile.pem"}) ::unlink(fmt::format("{}/{}", folder_, name).c_str());
  ::rmdir(folder_.c_str());
}

tls_files::~tls_files() { remove(); }

}  // namespace cordboard::sip
