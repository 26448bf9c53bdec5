// Package config reads the environment once, at start, into one struct, and
// says everything that is wrong with it at once.
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

// Secret is a value that is never printed.
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
// field is what docs/operations.md says about it.
type Config struct {
	Listen   string        `env:"TOCSIN_LISTEN"   envDefault:"127.0.0.1:8080"` // address and port of the REST surface
	LogLevel slog.Level    `env:"TOCSIN_LOG_LEVEL" envDefault:"INFO"`          // DEBUG, INFO, WARN, ERROR
	Timeout  time.Duration `env:"TOCSIN_TIMEOUT"  envDefault:"5s"`             // the longest a request may take
	Grace    time.Duration `env:"TOCSIN_GRACE"    envDefault:"20s"`            // the longest a graceful stop may take

	Mongo        Secret         `env:"MONGODB_URI"`                           // empty: the embedded engine; may hold a password
	Database     string         `env:"TOCSIN_DATABASE"   envDefault:"tocsin"` // name of the database
	StoreTimeout time.Duration  `env:"TOCSIN_STORE_TIMEOUT" envDefault:"2s"`  // the longest one database operation may take
	DataDir      string         `env:"TOCSIN_DATA_DIR"   envDefault:"data"`   // where the embedded engine keeps its file, and every node its snapshot
	Snapshot     bool           `env:"TOCSIN_SNAPSHOT"   envDefault:"true"`   // keep a copy of the index in the data folder, so that a restart need not read every signature
	Production   bool           `env:"TOCSIN_PRODUCTION" envDefault:"false"`  // refuse what loses data: a standalone server, the embedded engine
	Key          Secret         `env:"TOCSIN_KEY"`                            // base64 of 32 bytes: keys the hashes of exposures and reporters; empty: one is made and kept in the database
	ExposureDays int            `env:"TOCSIN_EXPOSURE_DAYS" envDefault:"180"` // how long an exposure is kept
	Proxies      []netip.Prefix `env:"TOCSIN_TRUSTED_PROXIES"`                // whose X-Forwarded-For is believed, such as 10.0.0.0/8
	Lease        time.Duration  `env:"TOCSIN_LEASE" envDefault:"20s"`         // how long work that a node had claimed waits for another when the node dies

	FCMProject     string `env:"TOCSIN_FCM_PROJECT"`                    // Firebase project; empty: warnings wait in the inbox only
	FCMCredentials string `env:"GOOGLE_APPLICATION_CREDENTIALS"`        // file with the service account's key
	FCMEndpoint    string `env:"TOCSIN_FCM_ENDPOINT"`                   // another FCM-shaped server, without credentials: tests and trials
	FCMInFlight    int    `env:"TOCSIN_FCM_IN_FLIGHT" envDefault:"256"` // pushes under way at once

	RateDevice   int `env:"TOCSIN_RATE_DEVICE"  envDefault:"20"`  // requests a second of one device; 0: no limit
	RateKey      int `env:"TOCSIN_RATE_KEY"     envDefault:"200"` // of one API key, unless it has a rate of its own
	RateAddress  int `env:"TOCSIN_RATE_ADDRESS" envDefault:"20"`  // of one address without a credential
	RateRegister int `env:"TOCSIN_RATE_REGISTER" envDefault:"10"` // device registrations a minute of one address
}

// Load reads the environment. The error names every fault, each with its variable.
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

// named makes the parser's fault name the variable instead of the struct field.
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

// faults lists what reads well and cannot work.
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
		invalidIf(err != nil || u.Scheme != "mongodb" && u.Scheme != "mongodb+srv" || u.Host == "", "MONGODB_URI", "is not a MongoDB connection string")
	}
	if c.Key != "" {
		_, err := c.KeyBytes()
		invalidIf(err != nil, "TOCSIN_KEY", "is not base64 of 32 bytes")
	}
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

// KeyBytes returns the deployment's key, or nil when none is set.
func (c Config) KeyBytes() ([]byte, error) {
	if c.Key == "" {
		return nil, nil
	}
	b, err := base64.StdEncoding.DecodeString(string(c.Key))
	if err != nil || len(b) != 32 {
		return nil, errors.New("not base64 of 32 bytes")
	}
	return b, nil
}

// Print returns the effective values, one "NAME=value" a line in the order of the struct, secrets hidden.
func (c Config) Print() string {
	var b strings.Builder
	v := reflect.ValueOf(c)
	for i := range v.NumField() {
		name := v.Type().Field(i).Tag.Get("env")
		value := v.Field(i).Interface()
		if _, isList := value.([]netip.Prefix); isList {
			raw, _ := json.Marshal(value) // a list of prefixes always encodes
			value = strings.Trim(strings.ReplaceAll(string(raw), `"`, ""), "[]nul")
		}
		fmt.Fprintf(&b, "%s=%v\n", name, value)
	}
	return b.String()
}
