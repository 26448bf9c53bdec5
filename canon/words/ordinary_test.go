package words

import (
	"testing"

	"example.org/tocsin/canon/text"
	"example.org/tocsin/models"
)

func TestOrdinaryMessagesAreOfManyLanguages(t *testing.T) {
	for _, words := range []string{
		"dentist appointment", "验证码", "código de verificación", "votre colis", "जन्मदिन", "رمز التحقق", "kode verifikasi", "kontoauszug",
		"feliz aniversário", "認証コード", "รหัสยืนยัน", "doğrulama kodunuz", "인증번호", "benki ya kaskazini", "ваш заказ",
	} {
		if !matchesOrdinary(func(message string) bool { return text.IndexPhrase(message, text.Normalise(words)) >= 0 }) {
			t.Errorf("none holds %q", words)
		}
	}
	if got := len(ordinaryMessages()); got < 150 {
		t.Errorf("%d messages, want 150", got)
	}
	for _, message := range ordinaryMessages() {
		if text.Normalise(message) != message {
			t.Errorf("%q is not normalised", message)
		}
	}
}

func TestPhraseOfOrdinaryMessagesIsTooBroad(t *testing.T) {
	for words, want := range map[string]string{
		"Verification Code":    "signature_too_broad",
		"您的包裹":                 "signature_too_broad",
		"move to a safe place": "",
		"verification cod":     "", // it ends within a word
	} {
		got := ""
		if _, err := CanonicalPhrase(words); err != nil {
			got = models.CodeOf(err)
		}
		if got != want {
			t.Errorf("%q: %q, want %q", words, got, want)
		}
	}
}
