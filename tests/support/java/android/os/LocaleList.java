package android.os;

import java.util.Locale;

public final class LocaleList {
    private static final Locale[] LIST = {
        Locale.forLanguageTag("es-MX"), Locale.forLanguageTag("en")
    };

    public static LocaleList getDefault() {
        return new LocaleList();
    }

    public int size() {
        return LIST.length;
    }

    public Locale get(int index) {
        return LIST[index];
    }
}
