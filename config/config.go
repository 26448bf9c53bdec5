// Package config reads the environment once, at the start, into one struct, and
// reports everything that is wrong with it at once.
package config

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"reflect"
	"strings"
	"time"

	"github.com/caarlos0/env/v11"
)

// Secret is a value that is never printed (TestPrintHidesSecrets). Convert it to
// a string to use it.
type Secret string

// String hides the secret; only whether there is one shows.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return "[secret]"
}

// LogValue hides the secret in logs.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText hides the secret in JSON.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Config is everything that differs between two deployments. The comment on a
// field is what docs/operations.md says about its variable; a test holds the two
// lists of variables and defaults together
// (TestTheOperatorsGuideListsEveryVariableWithItsDefault).
type Config struct {
	// Listen is the address and port of the REST surface.
	Listen string `env:"TOCSIN_LISTEN" envDefault:"127.0.0.1:8080"`
	// LogLevel is DEBUG, INFO, WARN or ERROR; the log is JSON lines on standard error.
	LogLevel slog.Level `env:"TOCSIN_LOG_LEVEL" envDefault:"INFO"`
	// Timeout is the longest a request may take.
	Timeout time.Duration `env:"TOCSIN_TIMEOUT" envDefault:"5s"`
	// Grace is the longest a graceful stop may take.
	Grace time.Duration `env:"TOCSIN_GRACE" envDefault:"20s"`

	// Mongo is the connection string of the MongoDB server; empty: the embedded engine. It may hold a password.
	Mongo Secret `env:"MONGODB_URI"`
	// Database is the name of the database.
	Database string `env:"TOCSIN_DATABASE" envDefault:"tocsin"`
	// StoreTimeout is the longest one database operation may take, with its retries.
	StoreTimeout time.Duration `env:"TOCSIN_STORE_TIMEOUT" envDefault:"2s"`
	// DataDir is where the embedded engine keeps its file, and every node its snapshot.
	DataDir string `env:"TOCSIN_DATA_DIR" envDefault:"data"`
	// Snapshot says whether a node keeps a copy of the index in the data folder,
	// so that a restart need not read every signature.
	Snapshot bool `env:"TOCSIN_SNAPSHOT" envDefault:"true"`
	// Production refuses what loses data: the embedded engine, a standalone server without journal.
	Production bool `env:"TOCSIN_PRODUCTION" envDefault:"false"`
	// Key is base64 of 32 random bytes, the same on every node: the root of the keys
	// that hash exposures and seal what is stored sealed. Production demands it;
	// otherwise one is made and kept in the file secret.json of DataDir.
	Key Secret `env:"TOCSIN_KEY"`
	// KeyPrevious is the root before, or the next one, while it is replaced: see tocsin secret rotate.
	KeyPrevious Secret `env:"TOCSIN_KEY_PREVIOUS"`
	// SigningKey is base64 of 32 random bytes, the same on every node: the Ed25519
	// seed of the key that signs. Production demands it; otherwise as Key.
	SigningKey Secret `env:"TOCSIN_SIGNING_KEY"`
	// ExposureDays is how many days an exposure is kept.
	ExposureDays int `env:"TOCSIN_EXPOSURE_DAYS" envDefault:"180"`
	// Proxies are the prefixes whose X-Forwarded-For is believed, such as 10.0.0.0/8,192.168.0.0/16.
	Proxies []netip.Prefix `env:"TOCSIN_TRUSTED_PROXIES"`
	// Lease is how long work that a node had claimed waits for another when the node dies.
	Lease time.Duration `env:"TOCSIN_LEASE" envDefault:"20s"`

	// FCMProject is the Firebase project; empty: warnings wait in the inbox only.
	FCMProject string `env:"TOCSIN_FCM_PROJECT"`
	// FCMCredentials is the file with the service account's key.
	FCMCredentials string `env:"GOOGLE_APPLICATION_CREDENTIALS"`
	// FCMEndpoint is another FCM-shaped server without credentials (tocsin fake-fcm), for trials.
	FCMEndpoint string `env:"TOCSIN_FCM_ENDPOINT"`
	// FCMInFlight is how many pushes are under way at once.
	FCMInFlight int `env:"TOCSIN_FCM_IN_FLIGHT" envDefault:"256"`

	// RateDevice is how many requests a second one device may make. 0 is no limit, for each of the rates.
	RateDevice int `env:"TOCSIN_RATE_DEVICE" envDefault:"20"`
	// RateKey is how many requests a second one API key may make that has no rate of its own.
	RateKey int `env:"TOCSIN_RATE_KEY" envDefault:"200"`
	// RateAddress is how many requests a second one address without a credential may make.
	RateAddress int `env:"TOCSIN_RATE_ADDRESS" envDefault:"20"`
	// RateRegister is how many devices a minute one address may register.
	RateRegister int `env:"TOCSIN_RATE_REGISTER" envDefault:"10"`
}

// Load reads the configuration from environ, the variables by name. The error
// names every fault, each with its variable (TestLoadNamesEveryFaultAtOnce).
func Load(environ map[string]string) (Config, error) {
	c, err := env.ParseAsWithOptions[Config](env.Options{Environment: environ})
	var errs []error
	var aggregate env.AggregateError
	switch {
	case errors.As(err, &aggregate):
		for _, e := range aggregate.Errors {
			errs = append(errs, withVariable(e))
		}
	case err != nil:
		errs = append(errs, err)
	}
	return c, errors.Join(append(errs, c.validate()...)...)
}

// withVariable makes an error of the parser name the environment variable instead
// of the struct field; an operator knows only the variable.
func withVariable(err error) error {
	var parseErr env.ParseError
	if !errors.As(err, &parseErr) {
		return err
	}
	field, ok := reflect.TypeFor[Config]().FieldByName(parseErr.Name)
	if !ok {
		return err
	}
	return fmt.Errorf("%s: %w", field.Tag.Get("env"), parseErr.Err)
}

// validate returns what can be read but cannot work.
func (c Config) validate() []error {
	var errs []error
	invalidIf := func(bad bool, name, why string) {
		if bad {
			errs = append(errs, fmt.Errorf("%s: %s", name, why))
		}
	}
	_, _, err := net.SplitHostPort(c.Listen)
	invalidIf(err != nil, "TOCSIN_LISTEN", "is not an address and a port, such as 127.0.0.1:8080")
	for name, d := range map[string]time.Duration{
		"TOCSIN_TIMEOUT": c.Timeout, "TOCSIN_GRACE": c.Grace, "TOCSIN_STORE_TIMEOUT": c.StoreTimeout, "TOCSIN_LEASE": c.Lease,
	} {
		invalidIf(d <= 0, name, "is not a positive duration, such as 5s")
	}
	invalidIf(c.StoreTimeout > c.Timeout, "TOCSIN_STORE_TIMEOUT", "is longer than TOCSIN_TIMEOUT")
	invalidIf(c.Production && c.Mongo == "", "MONGODB_URI", "is needed in production: the embedded engine is for trials")
	if c.Mongo != "" {
		u, err := url.Parse(string(c.Mongo))
		isMongo := err == nil && (u.Scheme == "mongodb" || u.Scheme == "mongodb+srv") && u.Host != ""
		invalidIf(!isMongo, "MONGODB_URI", "is not a MongoDB connection string")
	}
	c.validateKeys(invalidIf)
	invalidIf(c.FCMCredentials != "" && c.FCMProject == "", "TOCSIN_FCM_PROJECT", "is needed beside GOOGLE_APPLICATION_CREDENTIALS")
	invalidIf(c.FCMEndpoint != "" && c.FCMProject == "", "TOCSIN_FCM_PROJECT", "is needed beside TOCSIN_FCM_ENDPOINT")
	invalidIf(c.Production && c.FCMEndpoint != "", "TOCSIN_FCM_ENDPOINT", "is for tests and trials, not for production")
	invalidIf(c.ExposureDays < 1 || c.ExposureDays > 3650, "TOCSIN_EXPOSURE_DAYS", "is not between 1 and 3650")
	invalidIf(c.FCMInFlight < 1 || c.FCMInFlight > 10_000, "TOCSIN_FCM_IN_FLIGHT", "is not between 1 and 10000")
	for name, n := range map[string]int{
		"TOCSIN_RATE_DEVICE": c.RateDevice, "TOCSIN_RATE_KEY": c.RateKey,
		"TOCSIN_RATE_ADDRESS": c.RateAddress, "TOCSIN_RATE_REGISTER": c.RateRegister,
	} {
		invalidIf(n < 0, name, "is negative; 0 means no limit")
	}
	return errs
}

// validateKeys reports what is wrong with the keys.
func (c Config) validateKeys(invalidIf func(bad bool, name, why string)) {
	for name, key := range map[string]Secret{
		"TOCSIN_KEY": c.Key, "TOCSIN_KEY_PREVIOUS": c.KeyPrevious, "TOCSIN_SIGNING_KEY": c.SigningKey,
	} {
		_, err := key.Bytes()
		invalidIf(err != nil, name, "is not base64 of 32 bytes; openssl rand -base64 32 makes one")
	}
	const needed = "is needed in production, the same on every node; openssl rand -base64 32 makes one"
	invalidIf(c.Production && c.Key == "", "TOCSIN_KEY", needed)
	invalidIf(c.Production && c.SigningKey == "", "TOCSIN_SIGNING_KEY", needed)
	invalidIf(c.KeyPrevious != "" && c.Key == "", "TOCSIN_KEY", "is needed beside TOCSIN_KEY_PREVIOUS")
	invalidIf(c.KeyPrevious != "" && c.KeyPrevious == c.Key, "TOCSIN_KEY_PREVIOUS", "is the same as TOCSIN_KEY")
}

// Bytes returns the 32 bytes of a key, or nil when none is set. It has no error
// after Load.
func (s Secret) Bytes() ([]byte, error) {
	if s == "" {
		return nil, nil
	}
	b, err := base64.StdEncoding.DecodeString(string(s))
	if err != nil || len(b) != 32 {
		return nil, errors.New("not base64 of 32 bytes")
	}
	return b, nil
}

// Print returns the effective values, one "NAME=value" a line in the order of the
// struct. Secrets are hidden.
func (c Config) Print() string {
	var b strings.Builder
	v := reflect.ValueOf(c)
	for i := range v.NumField() {
		name := v.Type().Field(i).Tag.Get("env")
		value := v.Field(i).Interface()
		if _, isList := value.([]netip.Prefix); isList {
			raw, _ := json.Marshal(value) // a list of prefixes always encodes
			// As in the variable: without brackets and quotes, and nothing for null.
			value = strings.Trim(strings.ReplaceAll(string(raw), `"`, ""), "[]nul")
		}
		fmt.Fprintf(&b, "%s=%v\n", name, value)
	}
	return b.String()
}
