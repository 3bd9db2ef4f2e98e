#pragma once
#include <openssl/x509.h>
